"""Chapter 00: six questions before the next chapter."""

from t2ilib.exercises.quiz import Choice, Question, Quiz

KINDS_OF_SENTENCE = ("measured in this chapter", "cited from somebody", "an opinion")


def _sort(sentence: str, right: int, *why: str) -> Question:
    """Which kind of sentence is this?"""
    return Question(f"Which kind of sentence is this? - {sentence}", tuple(
        Choice(kind, i == right, reason) for i, (kind, reason) in enumerate(zip(KINDS_OF_SENTENCE, why))))


quiz = Quiz("start_quiz.quiz", "what a number is worth", minutes=10, questions=(
    _sort("On genuine photographs, the crop of StackGAN makes most windows narrower than they are high, or wider.", 1,
          "The chapter has no photographs: nothing here could measure it.",
          "It can be measured, and was, but on data that is not here. A citation must say whose number it is.",
          "It could be false, and counting would show it. An opinion has no such test."),
    _sort("In 0.3, the drawn birds score below the real ones.", 0,
          "The cell beside it counts both, with n and an interval. Run it with another seed and see.",
          "No source is needed: the code that counted it stands beside it.",
          "It could have come out differently, so it is no matter of taste."),
    _sort("The pictures of a text-to-image model should convince a person at first sight.", 2,
          "Nothing was counted. Say how many people, shown what for how long, and it can become a measurement.",
          "A quotation would not change it: somebody else's wish is still a wish.",
          "It says what somebody wants. Wishes choose what is worth measuring, but they are no result."),
    Question("A model scores 0.52. Its floor is 0.48, and its ceiling 0.97. What do you know?", (
        Choice("It paints about half of what the captions name.", False,
               "That is what the share seems to say, but shuffled captions get nearly as much: common colours fit "
               "many captions by luck."),
        Choice("It follows its captions hardly more than by luck.", True,
               "The way from floor to ceiling is 0.49 long, and the model has gone 0.04 of it."),
        Choice("The probe is too weak to say anything.", False,
               "On real birds the same probe finds 0.97 of the names: it can read. The pictures are at fault."),
        Choice("More captions would raise the score.", False,
               "More captions make the interval narrower. The share itself is a property of the model."))),
    Question("Why do test species wear only colours that some training species wears on the same part, but never a "
             "plumage that was trained on?", (
        Choice("So that the test is easy enough for a small model.", False,
               "It is not easy: a model that remembers whole birds has nothing to remember here."),
        Choice("So that the test asks for new combinations of known words.", True,
               "A model that paints what it remembers fails, and no miss can be blamed on a word it never met."),
        Choice("So that the probe knows the species.", False,
               "The probe reads each part by itself, and learned it from species that mix all colours at random."),
        Choice("Because real birds are like that.", False,
               "Real test species are new in many ways at once; this world separates these ways on purpose."))),
    Question("Why must the probe share no weights, pictures or training with the painter?", (
        Choice("It would take too much memory.", False,
               "Sharing would save memory. The reason is what the score means."),
        Choice("A painter could please the probe instead of painting the bird.", True,
               "Patterns that mean red to a probe need not look red. A judge who trained the player cannot be one; "
               "a second probe of another architecture checks the first."),
        Choice("A probe that sees generated pictures gets worse at real ones.", False,
               "It might even get better. But then it would have learned to read what this painter writes."),
        Choice("The probe has to read the captions, too.", False,
               "It never sees a caption: it reads colours off the picture, and the comparison comes later."))),
))
"""Six questions: three sentences to sort, and ceiling and floor, the split, the probe."""
