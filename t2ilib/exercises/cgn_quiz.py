"""Chapter 03: seven questions before the next chapter."""

from t2ilib.exercises.quiz import Choice, Question, Quiz

quiz = Quiz("cgn_quiz.quiz", "told what to draw", minutes=15, questions=(
    Question("D(x | c) = 0.8 for a picture x and the class 2. What does it say?", (
        Choice("Of all pictures of a 2, this one has the density 0.8.", False,
               "A density says how common x is among the pictures of a 2, and it need not be below 1. D never gives "
               "one: it compares two of them."),
        Choice("With probability 0.8 the picture shows a 2.", False,
               "That is what a reader of classes says. D takes c as given, and asks whether x is real."),
        Choice("80 % of the real 2s look worse.", False,
               "D ranks nothing. It weighs how often such a pair comes from the data, and how often from G."),
        Choice("If c is 2, then x is real with probability 0.8, where real and fake come equally often.", True,
               "The bar reads 'given'. The best D is p(x | c) / (p(x | c) + p_g(x | c)): a probability of 'real', for "
               "each c by itself."))),
    Question("The source writes that c is given to D(x | c) or G(z | c). What if it were 'or'?", (
        Choice("Nothing is lost: one player that knows c is enough.", False,
               "In the chapter either way ends at chance. Each player needs the other to know it."),
        Choice("With c in G alone, G follows it still, since it can.", False,
               "It can, but nothing asks it to: a D that does not know c takes any real-looking picture."),
        Choice("It has to be 'and': a deaf D asks for nothing, and a deaf G cannot follow.", True,
               "With c in D alone, D finds fakes by their class, and G can do nothing about it. With c in G alone, c "
               "is one more noise."),
        Choice("Then D would need twice as many layers.", False,
               "No number of layers tells a player what it was never told."))),
    Question("D of a conditional GAN is shown real pictures with their own c, and fakes with theirs. What does it say "
             "to a real picture with a wrong c?", (
        Choice("Nobody asked for a no there: what it learned of c, it learned from fakes.", True,
               "While fakes ignore c, a wrong pair is a sign of a fake, and D learns a little of what fits. Once fakes "
               "follow c, this teacher is gone. GAN-CLS will add the missing pair."),
        Choice("No, surely: that is what c is for.", False,
               "The formula has no such pair. In the chapter the AUC for right against wrong pairs is measured; it is "
               "well below that of a D that was shown both."),
        Choice("Exactly what it says to the right pair.", False,
               "That holds for a D that hears no c at all. This one hears it, and has met fakes that did not fit."),
        Choice("It cannot be asked.", False,
               "It can: D takes any picture and any c. That nobody trained it there is another matter."))),
    Question("D ends in f(x) + g(c), a linear layer on the picture beside one on the condition. What can it not say?", (
        Choice("That a picture looks fake.", False,
               "f(x) can say that: it is a D that is told nothing."),
        Choice("That a class is rare.", False,
               "g(c) can say that, though it helps nobody: c is the same for real and fake."),
        Choice("That x does not fit c: whatever x is, another c adds the same.", True,
               "To compare two things they must meet in a product, or in a hidden layer behind the join. An inner "
               "product of features and embedding does it, and so do our players' hidden layers."),
        Choice("Anything at all, since a sum of two numbers has no gradient.", False,
               "A sum has a gradient to both of its parts."))),
    Question("c is the species. What does it leave open?", (
        Choice("Nothing, if G is good enough.", False,
               "A good G draws p(x | c), which is wide: birds of one species face both ways, and sit anywhere."),
        Choice("The pose, the place, what is behind the bird: whatever varies within a species.", True,
               "So the share of their variance that c explains is near 0, however well G was trained. To decide them, "
               "they have to be in c."),
        Choice("The colour of the wing, since it is only a part.", False,
               "In this world a species is defined by the colours of its parts, so c decides them."),
        Choice("Only what noise cannot reach.", False,
               "The other way round: what c leaves open is left to the noise."))),
    Question("An unconditional GAN draws a class in 2 % of its pictures. You draw until one comes. What do you plan "
             "for?", (
        Choice("2 draws.", False,
               "The frequency is 2 in a hundred: one in fifty."),
        Choice("50 draws, give or take 7, the root of 50.", False,
               "The root is right for counts. Waiting spreads wider: sqrt(1 - p) / p, nearly the mean itself."),
        Choice("50 draws, since after 49 the next one has to be it.", False,
               "Draws have no memory. After 49 in vain you wait for 50 more, on average."),
        Choice("50 draws on average, with a spread of nearly 50.", True,
               "The mean is 1 / p. In one case of eight it takes more than twice as many. A conditional GAN that "
               "follows needs about one."))),
    Question("During training the conditions of the fakes are those of real pictures. Why not all classes equally "
             "often?", (
        Choice("Then what is asked for has another distribution than the data, and D could tell fakes by their class.",
               True,
               "A class that is rare among real pictures and common among fakes would be a sign of a fake, and no "
               "picture could make up for it."),
        Choice("It would cost more memory.", False, "A class is a class: drawing it costs nothing."),
        Choice("G would forget the common classes.", False,
               "It would meet them a little less often, no more."),
        Choice("D has to see each picture twice.", False,
               "It sees real pictures and fakes; that they share their c is about chances, not about copies."))),
))
