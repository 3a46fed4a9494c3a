"""Chapter 05: eight questions before the next chapter."""

from t2ilib.exercises.quiz import Choice, Question, Quiz

quiz = Quiz("cls_quiz.quiz", "the sentence decides", minutes=15, questions=(
    Question("GAN-CLS shows D real pictures with a wrong text. What for?", (
        Choice("So that D sees more pictures.", False,
               "They are the same pictures as before. Only the text beside them is new."),
        Choice("So that a fine picture is no longer enough for a yes: it also has to fit its text.", True,
               "In this pair the picture is real, so only the text can be the reason for a no. D has to read to find "
               "it, and from then on G is judged on what was asked for."),
        Choice("So that G sees wrong texts, too.", False,
               "G never meets them. The pair (real, wrong text) is in D's step alone, and no fake is in it."),
        Choice("So that D does not learn the pictures by heart.", False,
               "It may still do so. A new partner for each picture makes it a little harder, but that is not the "
               "aim."))),
    Question("The naive conditional GAN has no such pair. What does its D say to (real, wrong text)?", (
        Choice("Exactly 1/2, since it was never asked.", False,
               "A network has an answer to everything. Not having been asked does not make it undecided."),
        Choice("No, since the text does not fit.", False,
               "Nobody taught it that this is a reason. It may learn some of it from fakes that ignore their text, but "
               "only as much as helps to find fakes."),
        Choice("The opposite of what it says to (fake, right text).", False,
               "One is about texts, the other about pictures. Nothing ties them together."),
        Choice("Nearly what it says to (real, right text), since the picture is real.", True,
               "On real pictures nothing depends on the text, so nothing makes D read it there: in the chapter its AUC "
               "is near 1/2. From fakes it may still learn a little about texts."))),
    Question("D raises log s_r + (log(1 - s_w) + log(1 - s_f)) / 2. What are the halves for?", (
        Choice("Yes and no weigh the same, though there are two ways to earn a no.", True,
               "Without them, no would count twice, and an undecided D would do better by leaning to no. With them, a "
               "D of 1/2 everywhere has the value -2 log 2, as in chapter 01."),
        Choice("Half of the wrong texts are right by accident.", False,
               "Very few are, when two species share what is said. How many depends on the captions, and the halves do "
               "not ask."),
        Choice("They make D learn half as fast as G.", False,
               "The rate of D's optimiser decides that. And the term of the yes has no half."),
        Choice("They are probabilities: each of the two pairs comes half of the time.", False,
               "In each step all three kinds are computed. It is a weight, not a draw. Drawing one of the two would "
               "have the same mean."))),
    Question("GAN-INT asks for pictures of beta t1 + (1 - beta) t2. Who learns from this term?", (
        Choice("Both, each with its own sign.", False,
               "That is how it is with fakes of captions. D is not shown these: the term belongs to G's loss only."),
        Choice("D alone, so that it knows more texts.", False,
               "D would need a real picture for such a text, and there is none."),
        Choice("G alone. D only judges, and stays as it is.", True,
               "D learned from captions what fits what. GAN-INT uses that knowledge at texts in between, where D must "
               "guess, and its slope tells G where to go."),
        Choice("The text encoder, which becomes smoother.", False,
               "It is frozen. What becomes smoother is what G does between two of its vectors."))),
    Question("Why is there no real picture for a text between two captions?", (
        Choice("Because pictures cannot be averaged.", False,
               "They can, pixel by pixel. The result would show two ghosts, and no bird of the world."),
        Choice("Because nobody wrote this text: it is a point between two sentence vectors, not a sentence.", True,
               "Data are pairs of a picture and what somebody said of it. That is why D cannot be taught there, and "
               "why the texts cost nothing: there are as many as pairs of captions, and more."),
        Choice("Because both captions are of the same bird.", False,
               "They may be of two birds, even of two species. And one bird would have a picture."),
        Choice("Because the world holds no such birds.", False,
               "It may well hold some, and in our world they can even be drawn. What is missing is the pair: nobody "
               "has put such a picture beside such a text."))),
    Question("Algorithm 1 of the paper moves D's weights by theta_D - alpha * gradient of the D objective. What is "
             "wrong?", (
        Choice("Nothing, since every optimiser subtracts.", False,
               "It subtracts the gradient of what is to be lowered. This objective is to be raised."),
        Choice("alpha is the same for D and G.", False,
               "It may be. Both had 0.0002 in the paper."),
        Choice("D should be moved after G.", False,
               "Either order works. The paper moves D first, and so do we."),
        Choice("The sign: log s_r + ... is to be raised, so followed to the letter D would learn the opposite.", True,
               "It would say no to real pictures with their text. The authors' code has it right: it lowers the "
               "negative, as binary cross-entropy. So do we."))),
    Question("The sentence stays as it is, and only the noise changes. What should change in the picture?", (
        Choice("What the sentence leaves open: the pose, the place, what is behind the bird.", True,
               "One sentence is true of many pictures, and noise chooses among them. If named colours change as well, "
               "the text has lost; if nothing changes, the noise has."),
        Choice("Nothing, since the sentence decides.", False,
               "It decides what it says. A G whose picture stays the same has collapsed: one picture for each "
               "sentence."),
        Choice("Everything, the colours that were named too.", False,
               "Then G would ignore its text, as a naive one may. The chapter measures how often named colours stay."),
        Choice("The quality: some noises are better than others.", False,
               "Some pictures do turn out better, but that is no aim. The noise is there for variety."))),
    Question("The authors' code pairs a right text with a wrong picture, the paper a picture with a wrong text. What "
             "does it change?", (
        Choice("Everything: with wrong pictures D learns to see, with wrong texts to read.", False,
               "In both cases D gets a picture and a text that do not belong together. It cannot know which of them "
               "was exchanged."),
        Choice("Wrong pictures are cheaper, since texts need not be encoded.", False,
               "Every batch needs its right texts anyway. A second set of pictures is what costs more: it has to go "
               "through D's convolutions."),
        Choice("Nothing in distribution: both draw a real picture, and a real text of another class.", True,
               "If both are drawn evenly, exchange the two and the pairs are as likely as before. A wrong text "
               "is cheaper, as the picture's convolutions are shared with the right pair."),
        Choice("The weight: one has 1/2, the other 1.", False,
               "Both stand in the same place of the same objective, with 1/2."))),
))
