"""Words that decide what a quote means: hesitations, negations, numbers, and what turns a fact into something else."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HESITATIONS = _words("um umm ummm uh uhh uhm erm hm hmm hmmm mm mmm mhm mhmm")
"""Sounds. The source may have them where a quote has not."""

ASIDES = _words("er err ah ahh eh oh like so well okay ok yeah right") | {"you know", "i mean", "you see"}
"""Fillers only where the source sets them off with commas or dashes on both sides; else they are words that mean something."""

STUTTERS = _words("a an and i in is it my of our so that the they this to we with you your")
"""Words that people repeat while they think: `the the report`."""

NEGATIONS = _words(
    "n't not no never neither nor none nobody nothing nowhere cannot without hardly barely scarcely rarely seldom "
    "nicht kein keine keinen nie niemals pas jamais sans ne nunca sin niet geen nooit non mai não nunca sem inte ikke aldrig "
    "nigdy bez ei nem değil không 不 没 沒 無 无 未 非 別 ない"
)

MONTHS = _words(
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun "
    "today tomorrow yesterday q1 q2 q3 q4"
)

SCALES = _words(
    "hundred thousand million billion trillion hundreds thousands millions billions dozen dozens score grand lakh crore k m bn "
    "mn percent per cent percentage half quarter quarters third thirds fold times point points % ‰ $ € £ ¥ ₹ ¢ ° "
    "dollar dollars euro euros pound pounds"
)
"""A number that is followed by one of these is not over yet."""

NUMBERS = SCALES | _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety first second third fourth fifth sixth seventh eighth ninth "
    "tenth once twice thrice double triple treble couple several few many both + - . < > ≤ ≥ ± ~ ≈ = × ÷"
)

COMPARATIVES = _words(
    "more less fewer most least better worse best worst higher lower bigger smaller larger faster slower sooner later earlier "
    "cheaper dearer longer shorter greater over under above below up down increase decrease increased decreased almost nearly "
    "only about around roughly approximately within beyond maximum minimum max min"
)

PROTECTED = (
    NEGATIONS
    | MONTHS
    | NUMBERS
    | COMPARATIVES
    | _words(
        "i we you he she it they us them our their your his her its my who whom whose this that these those "
        "is are was were be been will would can could may might must shall should has have had do does did "
        "before after until unless if when while although"
    )
)
"""Never a slip of the pen for another word."""

APPROXIMATE = _words(
    "- . < > ≤ ≥ ± ~ ≈ × + $ € £ ¥ ₹ ₽ about around roughly approximately circa nearly almost only over under above below than to "
    "least most by minus negative plus"
)
"""What, just before a number, changes its value."""

GOVERNORS = _words("to that whether how should shall will may can could would might must ca wo 'd 'll against than")
"""Words that cannot end a thought: what follows them hangs on what came before (`refused to`, `the idea that`)."""

INVERTING = _words("do does did are is was were have has had am")
"""Before a pronoun these ask a question, even where nobody typed its mark: `do | we need more`."""

HEADLESS = INVERTING | _words("to will would can could should may might must shall 's 're 've 'll 'd n't")
"""A quote that begins with one of these in mid-sentence has lost whose doing it is: `Their tool | has cut it in half`."""

TRAILING = _words("after before or upon")
"""Right after a quote these set it a time or another choice: `We sign | after the fix`."""

PAPERS = _words("sheet email mail model report figures numbers estimate study website site page calculator flyer letter")
"""With `your` before them: what the customer was told, not what they say."""

PRONOUNS = _words("i we you he she it they there this that")

TURNS = NEGATIONS | _words(
    "few zero if unless until till would could might maybe perhaps possibly probably potentially except only but however although though "
    "despite otherwise instead rather almost nearly supposed supposedly allegedly apparently 'd should whether assuming provided "
    "providing pending once when whenever suppose imagine pretend hypothetically theoretically theory ideally hopefully wish "
    "hope hoped hoping doubt doubts doubted doubtful unlikely unsure uncertain unclear false wrong untrue lie myth rumour rumor "
    "joke joking kidding sarcasm refuse refuses refused fail fails failed failing stop stops stopped stopping quit cancelled "
    "canceled declined rejected deny denies denied avoid avoided prevent prevents prevented lack lacks lacking against far "
    "formerly previously "
    "said says say saying told tell tells telling claim claims claimed claiming according argue argues argued insist insists "
    "insisted promise promised promises heard quoted quote mentioned suggest suggests suggested suggesting proposed propose "
    "proposes proposing ask asks asked asking think thinks thought believe believes believed guess reckon reckons expect expects "
    "expected expecting assume assumes assumed wrote writes slide deck brochure pitch proposal reads thinking considering "
    "wonder wondering remove removed exclude excluded excluding omit omitted "
    "contingent conditional dead shelved parked paused postponed delayed frozen withdrawn scrapped killed dropped "
    "wenn falls würde würden könnte könnten vielleicht si sauf peut-être serait pourrait podría quizá quizás als zou zouden "
    "misschien se forse talvez jeśli kanske kanskje om hvis 如果 若 もし 吗 吗？ か"
)
"""Negations, conditions, hedges, wishes, hearsay: outside a quote, in its sentence, they may turn it into its opposite."""

TURN_PHRASES = (
    ("used", "to"), ("going", "to"), ("up", "to"), ("less", "than"), ("fewer", "than"), ("more", "than"), ("at", "most"),
    ("at", "least"), ("as", "long"), ("in", "case"), ("so", "called"), ("out", "of"), ("too", "to"), ("no", "longer"),
    ("planned", "to"), ("meant", "to"), ("wanted", "to"), ("tried", "to"), ("subject", "to"), ("depends", "on"),
    ("depending", "on"), ("as", "if"), ("anything", "but"), ("your", "words"), ("not", "yet"), ("w", "o"),
    ("leave", "out"), ("left", "out"), ("as", "soon"), ("the", "event"), ("on", "condition"), ("on", "hold"),
)  # fmt: skip
