"""The claims of chapter 2, in the order of the ledger: `claims` says what becomes of them."""

from t2ilib.metrics.claim import Bound, Claim

CLAIMS = (
    Claim("DCG-01", "02_dcgan", "Convolutions pay: after equal time on the clock, each at the best of three learning "
          "rates, DCGAN's SynthFID is at most 0.5 times that of a GAN of plain layers, with every seed.",
          study="plain_against_dcgan", metric="SynthFID, DCGAN over plain", at_most=0.5),
    Claim("DCG-02", "02_dcgan", "Strides in place of pooling cost nothing: max pooling in D, and repeated pixels in G, "
          "each leave SynthFID as high or higher with every seed.",
          study="dcgan_guidelines", metric="SynthFID, difference: max pooling in D", at_least=0.0,
          also=(Bound("SynthFID, difference: repeated pixels in G", at_least=0.0, study="dcgan_guidelines"),)),
    Claim("DCG-03", "02_dcgan", "Batch normalisation in both players, but neither where G ends nor where D begins: "
          "with none at all SynthFID is at least 1.5 times as high, and with it everywhere as high or higher, with "
          "every seed.",
          study="dcgan_guidelines", metric="SynthFID, times the published: no batch norm", at_least=1.5,
          also=(Bound("SynthFID, difference: batch norm everywhere", at_least=0.0, study="dcgan_guidelines"),)),
    Claim("DCG-04", "02_dcgan", "Average pooling before the answer is steadier but slower: with every seed SynthFID "
          "after a third of the steps is as high or higher, and D's loss spreads no more in the last third.",
          study="dcgan_guidelines", metric="SynthFID, a third, difference: average pooling before the answer",
          at_least=0.0, also=(Bound("D's loss, spread, difference: average pooling before the answer", at_most=0.0,
                                    study="dcgan_guidelines"),)),
    Claim("DCG-05", "02_dcgan", "Global average pooling is the mean over all places (a gap of at most 1e-06 between "
          "the two), and with it D's features of a picture of 32 pixels are as many as of one of 64 (a difference of "
          "0).",
          study="dcgan_features", metric="average pooling, gap to the mean", at_most=1e-6,
          also=(Bound("average pooling, features at 64 less those at 32", at_least=0.0, study="dcgan_features"),
                Bound("average pooling, features at 64 less those at 32", at_most=0.0, study="dcgan_features"))),
    Claim("DCG-06", "02_dcgan", "G ends in tanh, so that its pictures stay between -1 and 1: a share of 0 of all "
          "values lies outside; without it at least 1 % do.",
          study="dcgan_guidelines", metric="out of range: as published", at_most=0.0,
          also=(Bound("out of range: no tanh", at_least=0.01, study="dcgan_guidelines"),)),
    Claim("DCG-07", "02_dcgan", "Leaky rectifiers let more gradient through D: with plain ones the share of a "
          "picture's values whose gradient is exactly zero is larger by at least 0.001, and SynthFID as high or "
          "higher, with every seed.",
          study="dcgan_guidelines", metric="silent input, difference: ReLU in D", at_least=0.001,
          also=(Bound("SynthFID, difference: ReLU in D", at_least=0.0, study="dcgan_guidelines"),)),
    Claim("DCG-08", "02_dcgan", "The guidelines make training work where an ordinary GAN fails: over three learning "
          "rates and three seeds a larger share of runs succeeds, by at least 0, and chance would part the two as much "
          "in at most 5 % of cases (Fisher's exact test).",
          study="plain_against_dcgan", metric="successes, DCGAN over plain", at_least=0.0,
          also=(Bound("Fisher's p", at_most=0.05, study="plain_against_dcgan"),)),
    Claim("DCG-09", "02_dcgan", "A beta1 of 0.9 makes training swing: over the last third of the steps D(G(z)) varies "
          "more than with 0.5, in standard deviations, with every seed.",
          study="dcgan_guidelines", metric="swing, difference: beta1 = 0.9", at_least=0.0),
    Claim("DCG-12", "02_dcgan", "A small move in z moves the picture a little: along a walk, straight or on the great "
          "circle, the largest of 32 steps is at most 4 times the median one, as the probe sees them; for a generator "
          "that looks up real pictures at least 10 times. Half-way on the straight line a noise is 7.0 to 7.1 long, "
          "where 9.92 to 10.02 is usual.", study="dcgan_walks", metric="largest step, slerp", at_most=4.0,
          also=(Bound("largest step, lerp", at_most=4.0, study="dcgan_walks"),
                Bound("largest step, look-up", at_least=10.0, study="dcgan_walks"),
                Bound("length, middle of lerp", 7.0, 7.1, "dcgan_walks"),
                Bound("length, drawn", 9.92, 10.02, "dcgan_walks"))),
    Claim("DCG-13", "02_dcgan", "Noises can be added as words can: red and left, minus blue and left, plus blue and "
          "right shows both red and right in at least 70 % of all such sums, with means of 3 exemplars and of 10; more "
          "often than with single exemplars, and than noise drawn at random by at least 0.3.", study="dcgan_arithmetic",
          metric="body and facing, n = 3", at_least=0.70,
          also=(Bound("body and facing, n = 10", at_least=0.70, study="dcgan_arithmetic"),
                *(Bound(f"body and facing, n = {count}, over {rival}", at_least=least, study="dcgan_arithmetic")
                  for count in (3, 10) for rival, least in (("n = 1", 0.0), ("random", 0.3))))),
    Claim("DCG-14", "02_dcgan", "Nobody has told D what a species is, yet a linear classifier with 5 labelled pictures "
          "of each of 25 new species finds more of them in its features than in those of a D with fresh weights, and "
          "than in pixels: both leads are at least 0.", study="dcgan_features",
          metric="species, n = 5: trained D over fresh D", at_least=0.0,
          also=(Bound("species, n = 5: trained D over pixels", at_least=0.0, study="dcgan_features"),)),
)
