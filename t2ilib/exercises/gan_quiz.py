"""Chapter 01: seven questions before the next chapter."""

from t2ilib.exercises.quiz import Choice, Question, Quiz

quiz = Quiz("gan_quiz.quiz", "who plays what", minutes=15, questions=(
    Question("Label the formula. What is the second term of the value, E[log(1 - D(G(z)))]?", (
        Choice("The probability that generated data is classified as real.", False,
               "A slide of the source says so, and is wrong twice: it is a logarithm, and 1 - D is the answer 'fake'."),
        Choice("The probability that generated data is classified as fake.", False,
               "The right answer of D, but a probability lies between 0 and 1. This term is never above 0: it is a "
               "mean of logarithms."),
        Choice("The expected log-probability with which D calls generated data real.", False,
               "That would be E[log D(G(z))]: what G raises in practice, but no term of V."),
        Choice("The expected log-probability with which D calls generated data fake.", True,
               "D(G(z)) is the probability of 'real', 1 - D(G(z)) that of 'fake'; then the logarithm, then the mean "
               "over the noise."))),
    Question("'G and D have enough capacity and converge to p_data', says a source. Who converges to whom?", (
        Choice("Both, G and D, converge to p_data.", False,
               "D is no density: its answers lie between 0 and 1, and need not add up to anything."),
        Choice("p_g, the density of what G draws, converges to p_data; D then says 1/2 everywhere.", True,
               "At p_g = p_data the best answer p_data / (p_data + p_g) is 1/2, and the value is -log 4."),
        Choice("D converges to p_data / p_g.", False,
               "This ratio is 1 at the end; D, a probability, is the ratio to both together: p_data / (p_data + p_g)."),
        Choice("p_data converges to p_g.", False, "The data stays where it is. Only the players move."))),
    Question("After training, D answers 1/2 to everything. Has G won?", (
        Choice("Yes: 1/2 everywhere is what the theory says of the end.", False,
               "The theory speaks of the best D. A D too small to see the difference says 1/2 as well, with any G."),
        Choice("No: D has failed to learn, so nothing can be said of G.", False,
               "It may have failed, or there may be nothing left to see. Its answers do not tell these apart."),
        Choice("It cannot be said: train a fresh, stronger judge on real samples and these fakes.", True,
               "That is a two-sample test. If the new judge is right on held-out samples, D was weak; if it is a coin, "
               "too, G is good as far as this judge can see."),
        Choice("Only if the loss of G is 0.", False,
               "At D = 1/2 the loss -log D is log 2. It is 0 when D takes every fake for real: then D is fooled, or "
               "broken."))),
    Question("The accuracy of the D that plays stays near 0.6 all the time. Why does this not mean that the fakes were "
             "good from the start?", (
        Choice("Accuracy is not what D is trained for.", False,
               "True, but a D with a low loss is accurate, too. The trouble is which fakes it has to judge."),
        Choice("0.6 is above 1/2, so the fakes are bad.", False,
               "Perhaps, but a fresh judge finds 0.95 where this D finds 0.6. The number says little in both "
               "directions."),
        Choice("D sees too few samples in a batch.", False,
               "More samples make the number more certain. They do not make D an independent witness."),
        Choice("G was trained against this very D, and keeps going where it is weak.", True,
               "The two move together: D's number says how far it is ahead in the chase, not how far the fakes are "
               "from the data. A fresh judge has not been chased."))),
    Question("Early on, log(1 - D(G(z))) is near 0 and G hardly learns. What is the reason?", (
        Choice("Its slope by D's logit fades when D is sure.", True,
               "Training follows slopes. This one is s(a), that of -log D is 1 - s(a): at a = -8 it pulls 2,981 times "
               "as hard."),
        Choice("The value is near 0, so there is little left to gain.", False,
               "There is everything to gain: it could fall to minus infinity. And adding 5 to a loss changes its "
               "value, but not one step of training."),
        Choice("The logarithm of a small number cannot be computed exactly.", False,
               "1 - D is near 1 here, and its logarithm is harmless. With exact numbers G would hardly learn, either."),
        Choice("D has stopped to learn.", False,
               "It may well learn on. What reaches G is the slope at the fakes, and that has faded."))),
    Question("Beside each sample stands the training picture that is nearest in pixels, and no two are equal. What is "
             "shown?", (
        Choice("That G does not copy.", False,
               "A copy moved by a pixel or two is far away in pixels. The nearest neighbour is then another picture."),
        Choice("That G draws all kinds of data, and drops none.", False,
               "A G that draws one digit for ever can have honest neighbours. Nothing here counts the modes that are "
               "missing."),
        Choice("That no sample here is an exact copy.", True,
               "It is a useful first look. Copies under small changes need another distance, and dropped modes need a "
               "count."),
        Choice("That G has overfitted.", False,
               "Some neighbour is always the nearest. One must compare: how near are held-out real pictures?"))),
    Question("In each step of training, which player moves, and what may the other one do meanwhile?", (
        Choice("Both move at once, each against the other's last position.", False,
               "A caption in the source says 'simultaneously', but its algorithm alternates: D first, then G."),
        Choice("G moves until D is fooled, then D moves.", False,
               "G would run to the one place that fools this D most: all noise gives one sample, and that is "
               "collapse."),
        Choice("D is trained to the end first, then G.", False,
               "A perfect D against a bad G has hardly any slope left, and as soon as G moves it is no longer "
               "perfect."),
        Choice("D moves k times while G stands still, then G moves once while D stands still.", True,
               "Algorithm 1. So G's gradient comes from the D that has answered, not from the one before."))),
))
