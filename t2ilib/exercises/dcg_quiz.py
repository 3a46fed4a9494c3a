"""Chapter 02: eight questions before the next chapter."""

from t2ilib.exercises.quiz import Choice, Question, Quiz

quiz = Quiz("dcg_quiz.quiz", "convolutions that train", minutes=15, questions=(
    Question("A summary says that DCGAN uses \"global average pooling instead of fully connected layers\". What does "
             "the paper do?", (
        Choice("Just that: D averages each feature over all places of its last map, and answers from the means.", False,
               "The paper tried it. What it reports is more stability and slower convergence, and it went another "
               "way."),
        Choice("It removes hidden layers that are fully connected, and joins the last features straight to the answer.",
               True, "G begins with a linear layer, which is reshaped to 4 x 4, and D's last map goes into one answer. "
               "There is no average over places in either of them."),
        Choice("It keeps fully connected layers in D and removes them from G.", False,
               "It is nearly the other way round: G's first layer, from the noise, is a linear one."),
        Choice("It replaces them by max pooling.", False,
               "There is no pooling at all: a convolution with a stride makes the map smaller."))),
    Question("Which layers of DCGAN have no batch normalisation?", (
        Choice("None: it is behind every layer of both players.", False,
               "The authors tried that. Samples began to oscillate, and training became unstable."),
        Choice("All those of D, which has to see single pictures.", False,
               "D has it, too, behind all its layers but the first and the last."),
        Choice("The first one of G, and the last one of D.", False,
               "These are the two ends that face noise and answer. It is the ends that face the picture."),
        Choice("The last one of G, and the first one of D.", True,
               "Both touch the picture itself. Normalised there, each batch would get one mean colour and one "
               "contrast, and D would not see what colours a batch really had. (D's answer is not normalised "
               "either.)"))),
    Question("How do DCGAN's players change the side of a map?", (
        Choice("With strides: a convolution that moves by two halves it, a transposed one doubles it.", True,
               "So how to look closer and how to enlarge is learned. Saying that it uses 'a convolutional network "
               "instead of max pooling' leaves the point out: pooling networks have convolutions as well."),
        Choice("D by max pooling, G by repeating pixels.", False,
               "That is what strides are there to replace. The chapter measures both swaps."),
        Choice("With larger kernels: each takes away a border.", False,
               "Without padding a kernel takes a few pixels off. From 64 to 4 that way would take twenty layers."),
        Choice("With fully connected layers of the right size.", False,
               "One of 64 x 64 pixels in three colours would have millions of weights. Only the first layer of G is "
               "one."))),
    Question("A slide shows faces under the heading \"DCGAN, CelebA\". What is wrong?", (
        Choice("Nothing: CelebA is one of the three data sets of the paper.", False,
               "There are three large ones, LSUN bedrooms, ImageNet and faces; but which faces?"),
        Choice("DCGAN draws no faces.", False,
               "It does. The arithmetic with glasses and smiles was shown on them."),
        Choice("The paper's faces come from the web, found by people's names: CelebA is not in it.", True,
               "About 350,000 boxes from 3 million pictures of 10,000 people. CelebA came with later code and "
               "tutorials, and pictures of those are often shown as the paper's."),
        Choice("CelebA's pictures are too large for DCGAN, which draws no more than 64 x 64 pixels at a time.", False,
               "They can be cut and made smaller, and in tutorials they are."))),
    Question("A transposed convolution has kernel 3 and stride 2. Where does the checkerboard come from?", (
        Choice("From rounding errors in the sum.", False,
               "They are a millionth of a colour, and have no pattern of this kind."),
        Choice("The copies of the kernel overlap unevenly: some pixels get four contributions, others two or "
               "one.", True,
               "Training can learn to even it out, and often does not quite. Kernel 4 with stride 2 overlaps evenly, "
               "yet its four kinds of pixels still have weights of their own."),
        Choice("From batch normalisation, which sees even and odd pixels apart.", False,
               "It takes one mean and one spread for a channel over all places."),
        Choice("From tanh, which cuts off what is too bright.", False,
               "It bends each pixel by itself, wherever it stands."))),
    Question("Two independent noises of 100 normal numbers are about 10 long. How long is the point halfway between "
             "them on the straight way, and how long on the great circle?", (
        Choice("About 10 on both.", False,
               "Two such noises are nearly at right angles, and the straight way cuts the corner."),
        Choice("About 5 and about 10.", False,
               "Halving one noise gives 5. But the other half, at right angles, adds to it by Pythagoras."),
        Choice("About 10 and about 7.", False,
               "The other way round: it is the straight way that leaves the shell."),
        Choice("About 7 and about 10.", True,
               "The root of 5^2 + 5^2 is 7.07; for uniform noise of another length it is the same factor. Slerp keeps "
               "to the shell that G was trained on. Whether G minds is another question, and measured in the "
               "chapter."))),
    Question("Much teaching code draws every weight from N(0, 0.02), the scales of batch normalisation as well. What "
             "happens?", (
        Choice("An error: a scale has to be positive.", False,
               "A negative scale turns a feature round, and nothing forbids that."),
        Choice("Nothing: the next normalisation takes the factor out again.", False,
               "It would, if one followed each of them; but D's answer and G's last layer have none behind them, and "
               "the gradients pass through every small scale."),
        Choice("Each normalised feature begins about fifty times too small, so at first G's pictures are nearly grey.",
               True, "The published code has N(1, 0.02). Training grows the scales in time; the chapter measures what "
               "is lost on the way."),
        Choice("G collapses at once, and never recovers.", False,
               "It does recover, only later. That is why the slip went unnoticed in so many copies."))),
    Question("Why does the paper average the noises of three pictures for each concept before it adds and subtracts?", (
        Choice("A single noise is about everything its picture shows; in the mean of several, what they share is left.",
               True, "With single noises the sums were unstable. Three also bring the length back: a mean of three is "
               "shorter, and the sum of three such means is as long as a noise."),
        Choice("Because G takes batches of three.", False,
               "G takes batches of any size, and draws each noise by itself."),
        Choice("To make the picture sharper: what is random in each of them cancels, and outlines stay.", False,
               "An average of *noises* is drawn like any other. It is an average of pictures that would be blurred."),
        Choice("To have 100 numbers in the result.", False,
               "Each noise has them already, and so has each mean, however many there are in it."))),
))
