"""Chapter 04: eight questions before the next chapter."""

from t2ilib.exercises.quiz import Choice, Question, Quiz

quiz = Quiz("text_quiz.quiz", "what a sentence vector is", minutes=15, questions=(
    Question("A picture and its caption are a matched pair. What did training ask of their two vectors?", (
        Choice("That they are equal, so that either can stand for the other.", False,
               "A source says they 'learn the same embedding vector'. Nothing in the losses asks for it, and their "
               "distance stays well above 0."),
        Choice("That their score is above the scores with other pictures and other captions.", True,
               "Only comparisons count. Two captions of one bird name different parts: their vectors differ, and both "
               "can still fit the picture best."),
        Choice("That all captions of a species have one vector.", False,
               "Then what a single caption says, such as a branch or a pose, would be lost. Captions of one species "
               "need not agree."),
        Choice("That their inner product is 1.", False,
               "There is no such target. The hinge asks for a lead of 1 over the rivals, whatever the score itself."))),
    Question("f_v names a picture. Over what does its argmax run?", (
        Choice("Over all texts: the class of the text that fits best.", False,
               "That is another classifier: a single lucky text decides. A summary of the paper states it so."),
        Choice("Over all pictures of the training set.", False,
               "f_v looks at texts; pictures are averaged by f_t. And the classes in question may have no training "
               "pictures at all."),
        Choice("Over classes: that with the highest mean compatibility.", True,
               "The expectation over the texts of a class comes first, then the argmax over classes. Since F is "
               "linear, it is enough to average the texts' vectors."),
        Choice("Over the words of the caption.", False, "F compares whole sentences. Words come back with DAMSM."))),
    Question("The objective of the paper counts wrong classes, the 0-1 loss. Why is another loss trained?", (
        Choice("Because its slope is 0 nearly everywhere.", True,
               "A small change of the weights changes no decision, so no count. The hinge stands above the count and "
               "has a slope where a rival is near."),
        Choice("Because it cannot be computed for a batch.", False,
               "It can: two argmaxes and a mean. It is a fine number to report."),
        Choice("Because it is at most 1, and losses need to grow.", False,
               "Nothing is wrong with a bounded loss. A sigmoid is bounded, too, and has slopes."),
        Choice("Because it needs the labels of the test species.", False,
               "On training pairs it needs training labels only, as the hinge does."))),
    Question("Retrieval is measured on species that no encoder was trained on. What does that test?", (
        Choice("That it works on photographs, too.", False,
               "The pictures come from the same world. Another world would be another test."),
        Choice("That the pictures of the test were not in the training set.", False,
               "Held-out pictures of known species would do for that. The test asks for more."),
        Choice("That it knows new words.", False,
               "The words are those of the training: red, wings, belly. What is new is how they are combined."),
        Choice("That it puts known words together for birds it has never seen.", True,
               "A model that only recognises species fails here. One that ties colours to parts can name a bird from "
               "its description."))),
    Question("Suppose an encoder finds the picture of a caption among 100 in 46 of 100 cases, and the oracle, who "
             "knows all truth, in 58. What does 58 tell?", (
        Choice("That the oracle is wrong in 42 cases, so it should be repaired.", False,
               "It makes no mistake. Where a caption is true of several candidates, it can only draw lots."),
        Choice("That captions leave things open: this is the ceiling, and 1 in 100 is the floor.", True,
               "The encoder should be compared with 58 and with 1, not with 100. A score above the ceiling would be "
               "a reason to look for a leak."),
        Choice("That 12 captions in 100 are false.", False,
               "Captions of this world are true. Where one is true of several candidates, even truth cannot choose."),
        Choice("That chance is at 42.", False, "Chance has nothing to do with it: drawn blindly, 1 of 100 is right."))),
    Question("Skip-thought learns from text alone, by foretelling the sentences before and behind. Why may it put 'red "
             "wings' close to 'blue wings'?", (
        Choice("Because it reads only the first word.", False,
               "It reads the sentence to its end. What it keeps depends on what it was trained for."),
        Choice("Because its vectors are too short.", False,
               "The published one has 4,800 numbers, more than all others here. Room is not what is missing."),
        Choice("Because it does not know the word blue.", False,
               "It may know it well. Knowing a word does not tell which differences matter in a picture."),
        Choice("Because both occur among the same sentences, and it has never seen a picture.", True,
               "Words that can stand for one another look alike to a model of text. Only pictures tell that red and "
               "blue are far apart."))),
    Question("In one paper phi is the encoder of pictures, in another that of texts. You find phi(v) and varphi(t) in "
             "code. What do you do?", (
        Choice("Look at the argument: v is a picture and t a text, whatever the letter before it.", True,
               "The letters are swapped between the papers, the arguments are not. This course writes v and t "
               "throughout."),
        Choice("Nothing: F(v, t) is symmetric, so they can change places.", False,
               "The value of an inner product may be, but a picture does not go into a text encoder."),
        Choice("Take phi for the text, since it was first.", False,
               "StackGAN and others use it so, the paper of this chapter does not. There is no first."),
        Choice("Train both ways, and keep the better one.", False,
               "There is nothing to choose: it is one model with two names for its halves."))),
    Question("A GAN is trained with this text encoder. Why are the encoder's weights frozen meanwhile?", (
        Choice("Because gradients cannot pass through a sentence.", False,
               "They cannot pass through its words, but they do reach the word vectors and all weights behind them."),
        Choice("Because a frozen encoder needs no memory.", False,
               "It saves some, which is welcome, but it still has to run once for each sentence."),
        Choice("So that what a sentence means does not move, and the generator cannot bend it.", True,
               "G and D could agree on vectors that are easy to satisfy. Whether a frozen encoder is best is an open "
               "question, and it is measured in a later chapter."),
        Choice("Because otherwise D would learn the captions by heart.", False,
               "It can do so with frozen vectors as well: they are its input either way."))),
))
