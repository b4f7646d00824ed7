"""English words that the rules look for: verbs of saying, people, titles, pronouns and words that are never names."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SAID = _words(
    """
    said says saying say cried cries crying exclaimed exclaims exclaiming asked asks asking answered answers answering replied replies
    replying returned returns inquired enquired inquires inquiring enquiring whispered whispers whispering murmured murmurs murmuring
    muttered mutters muttering shouted shouts shouting called calling added adds adding continued continues continuing began begins
    beginning repeated repeats repeating remarked remarks remarking observed observes observing demanded demands demanding declared
    declares declaring explained explains explaining suggested suggests suggesting protested protesting insisted insisting announced
    announces announcing responded responds responding rejoined rejoining retorted retorting interrupted interrupting interposed
    ejaculated gasped gasping sobbed sobbing groaned groaning moaned moaning growled growling grumbled grumbling screamed screaming
    shrieked shrieking yelled yelling roared roaring bellowed bawled hissed snapped snarled sneered stammered stuttered faltered panted
    sighed sighing pleaded pleading begged begging implored urged urging entreated commanded ordered advised warned warning admitted
    admitting agreed agreeing assented affirmed assured confessed confided conceded granted acknowledged mused musing thought thinking
    reflected wondered wondering ventured proposed put chimed broke burst piped squeaked chuckled laughed sang sings quoted read reads
    recited proceeded resumed went goes concluded finished ended corrected objected argued contradicted reminded reassured comforted
    soothed coaxed teased scolded reproved rebuked complained lamented wailed whined whimpered blurted gulped drawled boomed barked
    croaked purred hinted intimated stated told telling tells speculated marvelled cautioned challenged countered commented echoed
    cut greeted prompted pursued queried questioned volunteered vowed swore persisted pronounced uttered spoke speaking chirped crooned
    """
)
"""Verbs that come with speech."""
GESTURES = _words(
    """
    smiled laughed nodded shrugged grinned frowned sniffed snorted giggled beamed winced blushed shuddered choked coughed
    """
)
"""Verbs that come with speech only if it ends in a comma."""
OFTEN_OTHER = _words(
    """
    put cut broke burst went goes read reads returned began thought ended finished called observed told put spoke ordered
    """
)
"""Verbs of saying that mostly mean something else: they count right beside the speech only."""

MALE = _words(
    """
    man gentleman boy lad fellow husband father papa son brother uncle nephew grandfather grandpapa king prince lord duke baron count
    sir mr mister master monsieur signor herr squire butler footman coachman policeman clergyman vicar parson priest curate monk
    sailor soldier gentlemen bridegroom widower schoolboy chap guy dad daddy pa grandpa milkman postman fireman salesman businessman
    nobleman workman madman stepfather godfather waiter wizard lordship host
    """
)
FEMALE = _words(
    """
    woman lady girl lass wife mother mamma mama daughter sister aunt auntie niece grandmother grandmamma queen princess duchess countess
    baroness madam ma'am mrs miss ms mistress madame mademoiselle signora governess housemaid maid nurse nun bride widow schoolgirl mum
    mom mummy mommy ma grandma housekeeper landlady hostess actress waitress stepmother godmother witch milkmaid spinster ladyship
    """
)
NEUTRAL = _words(
    """
    child baby person stranger friend companion visitor guest servant other others one former latter speaker voice voices creature
    youngster youth officer doctor client patient inspector another twin cousin two three first second last
    """
)
"""Words for people, without a gender, that do not tell who it is."""
GENERIC = (MALE | FEMALE | NEUTRAL) - _words(
    """
    king prince duke baron count queen princess duchess countess baroness butler footman coachman policeman clergyman vicar parson
    priest curate monk sailor soldier governess housemaid maid nurse nun housekeeper landlady waiter waitress milkman postman fireman
    doctor inspector squire wizard witch bridegroom bride officer actress hostess
    """
)
"""Heads of descriptions that may mean anybody who has a name elsewhere."""
MALE_TITLES = _words(
    """
    mr mr. sir lord king prince duke baron count uncle father brother monsieur m. signor herr grandfather squire don master
    """
)
FEMALE_TITLES = _words(
    """
    mrs mrs. miss ms ms. mistress madam lady queen princess duchess countess baroness aunt mother sister madame mme. mlle.
    mademoiselle signora grandmother dame
    """
)
OTHER_TITLES = _words(
    """
    dr dr. doctor professor prof. captain capt. colonel col. major general gen. lieutenant lt. sergeant inspector rev. reverend st. old
    cousin president
    """
)
TITLES = MALE_TITLES | FEMALE_TITLES | OTHER_TITLES
ADJECTIVES = _words(
    """
    little poor old young dear good big great honest pretty fat gentle gallant practical worthy stout tall small unhappy silly
    """
)
"""Words between a determiner, or a verb, and a name."""

HE = _words("he him his himself")
SHE = _words("she her hers herself")
SUBJECTS = _words("he she i they we it you")
DETERMINERS = _words("the a an his her my our their your its this that these those another one both")
PARTICLES = _words("out in on up back off over forth")
"""Words that some verbs of saying have after them: ``cried out``, ``went on``."""
REPLIES = _words(
    """
    reply answer response rejoinder comment remark retort verdict exclamation greeting question suggestion
    """
)
"""Nouns for speech, as in ``was her reply``."""
CONNECTIVES = _words(
    """
    then and but so now here there at last however still yet for when while as presently meanwhile again thus also
    """
)
ADVERBS = _words(
    """
    again then only just also never always suddenly at once last first quite rather very still now soon presently almost even often once
    here there thus hereupon thereupon too however instead had has have did does is was would could will only all both simply merely
    """
)
NOT_NAMES = _words(
    """
    i i'm i'll i've i'd the a an and but or nor so yet for if then else when while where why how what who whom whose which that this these
    those there here he she it they we you him her his hers its their our your my me us them one two three four five six seven eight nine
    ten first second third last next other another each every all both some any no not none nothing nobody no-one everyone everybody
    everything somebody something somewhere anyone anything yes oh ah well now never always perhaps indeed certainly surely of in on at by
    to from with without into onto over under up down out off about above below between before after since until till through during
    against among upon as than like because although though unless whether is are was were be been being am do does did done doing has have
    had having will would shall should can could may might must let come go look see hear tell say said please thank thanks good dear god
    lord heaven heavens sir madam ma'am miss mister mr mrs ms dr just only even still again once soon later today tomorrow yesterday monday
    tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december
    christmas easter sunday english french german latin italian american british european london paris england france chapter part book
    very quite rather such same own more most much many few little less least half instead presently suddenly finally meanwhile
    once hush hullo hello hallo goodbye alas bless ay aye nay nonsense come suppose besides however therefore thus too also ever
    """
)
"""Capitalized words at the start of a sentence, or elsewhere, that name nobody."""
GIVEN_MALE = _words(
    """
    adam albert alexander alfred andrew anthony archie arthur ben benjamin bernard bertie bill billy bob charles charley charlie chris
    christopher colin cecil daniel david dick dickon donald edgar edmund edward ernest eugene francis frank fred frederick freddy geoffrey
    george gilbert godfrey harold harry henry herbert hugh humphrey isaac jack jacob james jasper jem jeremy jerry jim jimmy joe john
    johnny jonathan joseph joshua julian kenneth laurie laurence lawrence leonard lewis lionel louis luke mark martin matthew maurice
    max michael ned neville nicholas nick noah oliver oscar oswald patrick paul percy peter philip phil ralph raymond reginald richard
    robert robin roger roland ronald rupert sam samuel sebastian sidney simon stephen stanley ted theodore thomas tim timothy toby tom
    tommy victor vincent walter watson wilfred william willie
    """
)
GIVEN_FEMALE = _words(
    """
    abigail ada adela adele agatha agnes alice alison amanda amelia amy ann anna anne annie barbara beatrice bella bertha bess bessie beth
    betsy betty blanche bridget caroline catherine cecilia celia charlotte clara clarissa constance cora cordelia daisy deborah diana
    dinah dolly dora dorothea dorothy edith effie eleanor eliza elizabeth ella ellen elsie emily emma esther ethel eva eve evelyn fanny
    flora florence frances georgiana gertrude grace gwendolen hannah harriet helen henrietta hester hilda ida irene isabel isabella jane
    janet jean jemima jennie jenny jessica jessie jo joan josephine judith judy julia juliet kate katharine katherine kathleen kitty
    laura lavinia lettice lilian lily lizzie lizzy louisa louise lucy lydia mabel madeline maggie margaret margery maria marian marianne
    marilla marjorie martha mary matilda maud may meg mildred millicent minnie molly nancy nell nellie nora olive olivia patty pauline
    penelope phoebe phyllis polly prudence rachel rebecca rhoda roberta rosalind rosamond rose ruth sally sarah sophia sophy stella susan
    susannah sylvia teresa ursula viola violet virginia winifred
    """
)
PLACES = _words(
    """
    hall house street road park place square lane hill wood woods island castle church abbey farm inn bridge river garden
    gardens station room avenue town city county country north south east west sea mountain mountains valley school college
    hotel club bank company
    """
)
"""Last words of names that are places."""
