"""Chapter 09: eight questions before the next chapter."""

from t2ilib.exercises.quiz import Choice, Question, Quiz

quiz = Quiz("dfg_quiz.quiz", "one stage, deep fusion", minutes=15, questions=(
    Question("A block takes two affines. Why is there an activation between them?", (
        Choice("It keeps the features positive.", False,
               "A leaky ReLU lets a fifth of what is negative through. And nothing that follows needs a sign."),
        Choice("Without it the two would do what one could do: scale2 scale1 x + scale2 shift1 + shift2.", True,
               "That is again a scale and a shift. With the activation between them the second meets a bent version of "
               "what the first made, which no single affine can give."),
        Choice("It makes the sentence vector longer.", False,
               "The sentence goes into the small networks that read scale and shift. The activation acts on features "
               "of the picture, behind the affine."),
        Choice("It saves memory.", False,
               "It costs some: its input is kept for the way back. It is there for what it lets G express."))),
    Question("The formula for MA-GP is sometimes printed with the mean over generated pictures. What is meant?", (
        Choice("Just that: D should be flat at fakes, so that G learns gently.", False,
               "Where D is flat, G learns nothing. At fakes D must have a slope, or nobody tells G where to go."),
        Choice("The mean over both, since D judges both.", False,
               "D judges both, but only one of them is where G should arrive and stay."),
        Choice("The mean over points between a real picture and a fake.", False,
               "That is WGAN-GP, whose penalty also asks for a slope of 1, not of 0."),
        Choice("The mean over real pictures with their matching texts.", True,
               "So the words beside the formula say, and so the code does: a flat place around what is real and "
               "fits. Changing the fakes of a batch leaves the penalty as it was."))),
    Question("Why does the penalty act with the matching text only, and not at real pictures with a wrong text?", (
        Choice("Because wrong texts have no slope.", False,
               "They have one: D's answer changes with the text there as everywhere."),
        Choice("Because they would need another pass through the pictures.", False,
               "The pass is there already, for the wrong pair's hinge. Cost is not the reason."),
        Choice("Because there D should change: a little nearer to the right text, and no becomes more of a yes.", True,
               "That slope is what tells G to fit its text. Flat at a wrong pair would mean: nothing better nearby."),
        Choice("Because a wrong text may be true by accident.", False,
               "It may, rarely. But the penalty says nothing about yes or no, so this would not matter."))),
    Question("The paper adds the length of the slope by picture and that by text. The code takes one length of both "
             "together. With p = 6, how far can the two be apart?", (
        Choice("Up to 8 times: when both lengths are equal.", True,
               "(a + a)^6 = 64 a^6 against (2 a^2)^3 = 8 a^6. If one of the two is 0 they agree, and in between "
               "the ratio lies between 1 and 8."),
        Choice("Up to 2 times, since there are two lengths.", False,
               "That is so for p = 2. The ratio for two equal lengths is the root of 2, raised to p."),
        Choice("Not at all: it is the same by Pythagoras.", False,
               "Pythagoras is the point: the length of both together is the root of the sum of squares, and that is "
               "less than the sum."),
        Choice("Up to 64 times.", False,
               "64 is the sixth power of 2, if the other form gave a^6. But with two equal lengths it gives 8 a^6."))),
    Question("A D with two outputs says whether a picture is real, and whether it fits. What is lost against one "
             "output?", (
        Choice("Nothing: two answers say more than one.", False,
               "To a reader, yes. But G follows a slope, and two slopes are added up."),
        Choice("Speed, since there are two networks to run.", False,
               "The second output is one small layer on the same features. It costs hardly anything."),
        Choice("G can no longer see the text.", False,
               "G has it in every block. It is about what D tells G."),
        Choice("A common target: one slope leads to real pictures, the other to real ones that fit, and G gets the "
               "sum.", True,
               "The sum points somewhere in between, off both. And the penalty flattens the answer at one target "
               "only, so there the other still pulls."))),
    Question("The hinge loss of a real pair is max(0, 1 - s). D's answer is 3. What does this pair teach D?", (
        Choice("To answer 4.", False,
               "The logistic loss would go on asking for more, less and less. The hinge has enough at 1."),
        Choice("To come back to 1.", False,
               "Then the loss would have to grow above 1, as a squared distance does. It is 0 there."),
        Choice("Nothing from the hinge; only the penalty may still act.", True,
               "Loss and slope are 0 beyond the margin. The penalty asks how steep D is here, not how high."),
        Choice("To say no, since it is too sure.", False,
               "Nothing in the loss punishes being sure. Only the slope around the picture is punished."))),
    Question("Two papers print FID on the same birds. One has 14.8, the other 16.1. Is the first model better?", (
        Choice("Yes: smaller is better, and FID needs no scale.", False,
               "If both were measured in the same way, it would be. That is what has to be asked first."),
        Choice("It cannot be said: count of pictures, truncation, resizing and feature network must be the same.", True,
               "Each of them can move FID by as much. The authors of DF-GAN report 14.8 in their paper, and 12.1 for "
               "the model that they released later."),
        Choice("No: FID prefers blurred pictures, so the larger one is better.", False,
               "FID has its weaknesses, but it does not turn round."),
        Choice("Yes, if both took 30,000 pictures.", False,
               "That removes the bias by the count alone. Truncated noise, resizing or another network still do not "
               "compare."))),
    Question("With fewer pictures FID is larger, even for pictures as good as real ones. Why?", (
        Choice("A small sample has a mean and a covariance of its own, which differ from the true ones by chance.",
               True,
               "Every difference counts as distance, none as its opposite, so chance does not cancel: the surplus "
               "shrinks as 1 / n. Extrapolated to 1 / n = 0 it is gone."),
        Choice("Because few pictures are more alike.", False,
               "Drawn at random they are as different as in a large set. What is missing is the average over many."),
        Choice("Because the network's features need many pictures to be trained.", False,
               "The network is frozen. It looks at each picture by itself."),
        Choice("Because FID is divided by n.", False,
               "It is not. Were it so, it would fall to 0 for every model."))),
))
