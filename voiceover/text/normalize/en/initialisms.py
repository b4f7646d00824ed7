"""Initialisms: spelled letter by letter (API), spoken as a word (NASA), or neither (a heading in capitals).

Letters to spell are joined by full stops, without one at the end: engines read "A.P.I" as three letters in one word, where they take the
first of "A P I" for an article and the stop after "A.P.I." for the end of a sentence.
"""

from __future__ import annotations

import re

from voiceover.text.normalize.en.context import ends_sentence, word_after, word_before
from voiceover.text.normalize.en.numbers import cardinal, pairs
from voiceover.text.normalize.en.tables import table, words
from voiceover.text.normalize.rules import Rule, rule

_SPELLED = words(
    """
    AA AAA ABC ABI ACL ADC ADHD ADR AFC AFK AGI AGM AI AKA ALU AMD AML AOL AOT APAC API APK APR ARPU ARR ASAP ASR ATM ATP AUC AUD AV AWS
    BA BAU BBC BCE BOM BYOD CAGR CDO CE CEO CFO CGI CI CIA CIDR CIO CLI CMO CMS CNAME COO CPA CPI CPU CSI CTO CUI CVE DAC DAO DAU DBA
    DEI DIY DNA DOB DOI DRM DSA DUI EBITDA ECB ECG ECMA EDI EDM EDR EEA EEG EFF EFI EI EIA EKG ELF EMEA EOD EOL EPA EPL EQ ERP ESA ESG
    ESL ETA ETF ETH ETL EU EULA EUR EV EVP FAA FAQ FBI FDA FIFO FPGA FTE GAAP GDP GDPR GMO GNU GPA GPU GUI HIIT HOA HVAC IAM IBM ICBM
    ICC ICJ ICU ID IDE IDF IDP IEA IEC IED IEEE IETF IFTTT IGMP ILO IMAP IMDB IMF IMO INR IO IOS IOT IOU IP IPA IPCC IPO IPX IQ IRA IRL
    IRS ISA ISBN ISO ISP ISS IT ITV IUD IUPAC IV IVF JIT KPI LAPD LCA LED LGBTQ LLC LLM MA MAU MBA MEP MIA MIT MO MOE MOQ MRI MVP NBA
    NDA NFC NFL NGO NHS NIH NPR NSA NYPD OAS OBE OCD OCR ODBC OE OECD OEM OK OKR OLAP OMG ONS OOM OOP ORM OS OSI OSS OTA OTC PA PAC PAYE
    PDA PE PGP PO POC POS PSA PTA QA QE RAF RCA RDA RDS RIP RL RLHF RNA ROI RPC RSS RSVP SA SAE SDK SEC SEM SEO SES SLA SLO SMS SOS SOX
    SPA SQL SSD SSO STI SUV TA TBA TBD TCO TGV TSA UAE UAT UAV UBI UBS UCL UCLA UDP UEFI UFC UFO UGC UHD UHF UI UK UML UN UPS URI URL US
    USA USAF USB USD USMC USPS USSR UTC UTF UUID UV UX VA VAT VC VIP VOIP VPN VR WEP WHO WIP WWI WWII XML XOR YA YTD
    """
)
_WORDS = table(
    """
    NASA: NASA | NATO: NATO | UNESCO: UNESCO | UNICEF: UNICEF | OPEC: OPEC | FIFA: FIFA | UEFA: UEFA | ASEAN: ASEAN | RAM: RAM |
    ROM: ROM | GIF: GIF | JPEG: jay peg | JPG: jay peg | JSON: Jason | YAML: YAML | TOML: TOML | SIM: SIM | PIN: PIN | SWAT: SWAT |
    AIDS: AIDS | SARS: SARS | COVID: COVID | LAN: LAN | WAN: WAN | RAID: RAID | BIOS: bye oss | CRUD: crud | ASCII: askey |
    NAND: NAND | ACID: ACID | SOLID: SOLID | REST: REST | CRON: cron | GIMP: gimp | LASER: laser | RADAR: radar | SONAR: sonar |
    SCUBA: scuba | CAPTCHA: captcha | MIDI: middy | WYSIWYG: wizzywig | LaTeX: lay tech | OSHA: osha | FEMA: feema | POTUS: potus |
    SCOTUS: scotus | GOOP: goop | NAFTA: nafta | FOMO: foe-moe | YOLO: yolo | LIDAR: lidar | SIGINT: sigint | SIGKILL: sig kill |
    SIGTERM: sig term | POSIX: posix | CORS: cors | OAuth: oh auth | SaaS: sass | PaaS: pass | IaaS: eye-ass | BERT: Bert |
    CUDA: cooda | WASM: wasm | DOM: DOM | DAG: dag | ICE: ICE | GIS: G.I.S | NVMe: N.V.M.E | PNG: P.N.G | RAG: rag | LoRA: Lora |
    UTF: U.T.F | SCSI: scuzzy | GNOME: guh-nome | KDE: K.D.E | IKEA: Ikea | LEGO: Lego | AJAX: Ajax | SOAP: soap | SOC: sock |
    DevOps: dev ops | PhD: P.H.D | MLOps: M.L ops | SIG: sig | ARM: arm | CAD: cad | SPAC: spack | FOSS: foss | GUID: goo-id |
    MOOC: mook | README: read me
    """
)
_OPEN = words(
    """
    IT US WHO AM OR IN ME OK AN AS AT BE BY DO GO HE IF IS MY NO OF ON SO TO UP WE PA MA LED IO ID OS PE SA TA VA MO PO POP CE AV
    """
)
"""Words as well as initialisms: spelled only among words in small letters."""
_SHOUTED = words(
    """
    NO NOT YES STOP NEVER ALL NOW ONE AND THE BUT OUT WHAT WHY WHO HOW GO OH HELP READ ONLY VERY EVER EVERY MUST DO DID DON IS WAS ARE
    THIS THAT YOU ME MY HE SHE WE THEY HIM HER OUR RUN WAIT HELLO BEFORE AFTER NOTE WARNING IMPORTANT TODO FIXME DANGER EXIT OPEN CLOSED
    ANY LOVE HATE REALLY SO TOO WILL CAN CANNOT SELECT FROM WHERE INSERT UPDATE DELETE GET POST PUT PATCH HEAD JOIN GROUP ORDER LIMIT
    TRUE FALSE ALWAYS BOOM BANG FREE NEW BIG HUGE EVERYTHING NOTHING TOP END START
    """
)
_SOUNDS = words(
    """
    HM HMM HMMM MM MMM SH SHH SHHH PST PSST BRR BRRR TSK PFFT ZZZ ZZ GRR GRRR NTH MR MRS MS DR ST VS
    """
)
_NAMED = table(
    """
    k8s: Kubernetes | WWI: World War one | WWII: World War two | WW2: World War two | WW1: World War one | K8s: Kubernetes |
    i18n: internationalization | l10n: localization | a11y: accessibility | macOS: mac O.S |
    iOS: eye O.S | iPadOS: iPad O.S | MySQL: my S.Q.L | PostgreSQL: Postgres Q.L | NoSQL: no S.Q.L | GitHub: GitHub |
    nginx: engine x | NGINX: engine x | SQLite: S.Q.L ite | GraphQL: graph Q.L | PyPI: pie P.I | OpenAI: Open A.I |
    ChatGPT: Chat G.P.T | VSCode: V.S Code | WebGL: web G.L | OpenGL: open G.L | kubectl: cube control | numpy: num pie |
    NumPy: num pie | SciPy: sigh pie | scipy: sigh pie | PyTorch: pie torch | pytest: pie test | stdin: standard in |
    stdout: standard out | stderr: standard error | sudo: soo doo | regex: rej ex | args: args | IPv4: I.P version four |
    IPv6: I.P version six | WiFi: Wi-Fi | B2B: B to B | B2C: B to C | P2P: peer to peer | p2p: peer to peer | e2e: end to end |
    E2E: end to end | x86: x eighty-six | x64: x sixty-four | arm64: arm sixty-four | amd64: A.M.D sixty-four | mp3: M.P three |
    MP3: M.P three | mp4: M.P four | MP4: M.P four | C++: C plus plus | C#: C sharp | F#: F sharp | c++: C plus plus | c#: C sharp |
    CO2: C.O two | CO₂: C.O two | H2O: H two O | H₂O: H two O | O2: O two | 1Password: one Password | .NET: dot net |
    SHA-256: shah two fifty-six | SHA256: shah two fifty-six | SHA-1: shah one | base64: base sixty-four | 3D: three D | 2D: two D |
    5G: five G | 4G: four G | 2FA: two-factor authentication | 3G: three G | G20: G twenty | G7: G seven | M&A: M and A |
    R&D: R and D | Q&A: Q and A | AT&T: A.T and T | P&L: P and L | B&B: B and B | R&B: R and B | S&P: S and P | D&D: D and D |
    H&M: H and M | I/O: I.O | A/B: A B | TCP/IP: T.C.P I.P | CI/CD: C.I C.D | A/C: A C | w/e: whatever | UTF-8: U.T.F eight |
    utf-8: U.T.F eight | UTF-16: U.T.F sixteen | HTTP/2: H.T.T.P two | HTTP/3: H.T.T.P three | S3: S three | EC2: E.C two |
    HTTP/1.1: H.T.T.P one point one | N+1: N plus one | n+1: n plus one | int8: int eight | fp16: F.P sixteen |
    float32: float thirty-two
    """
)
_MIXED = {word: spoken for word, spoken in _WORDS.items() if not word.isupper()}


def letters(word: str) -> str:
    """Return the letters of a word to be spelled: ``A.P.I``."""
    return ".".join(word)


@rule(
    "name",
    r"(?<![\w.&/@#-])(?:"
    + "|".join(re.escape(name) for name in sorted({*_NAMED, *_MIXED}, key=len, reverse=True))
    + r")(?![\w&#]|[/+.](?=\w))",
)
def named(match: re.Match[str], language: str) -> str:
    return _NAMED.get(match[0]) or _MIXED[match[0]]


@rule("name-number", r"(?<!\w)(C\+\+|C#|c\+\+) ?(\d{1,2})(?!\w)", "+#")
def language_version(match: re.Match[str], language: str) -> str:
    return f"C {'sharp' if '#' in match[1] else 'plus plus'} {cardinal(int(match[2]))}"


@rule(
    "initials-dotted",
    r"(?<![\w.])((?:[A-Z]\.){2,9})([A-Z](?!\w))?(['’]s|s)?(?!\w)|(?<![\w.])([A-Z](?:\.[A-Z]){1,8})(?=['’]s|[^\w.]|$)",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
)
def dotted(match: re.Match[str], language: str) -> str:
    if match[4]:
        return match[4]
    said = letters(match[1].replace(".", "") + (match[2] or "")) + ("'s" if match[3] else "")
    return f"{said}." if match[0].endswith(".") and ends_sentence(match) else said


@rule("initials", r"(?<![\w.])([A-Z])\.(?=[ \u00a0](?:[A-Z]\. ?)?[A-Z][a-z])", ".")
def initial(match: re.Match[str], language: str) -> str | None:
    before = word_before(match)
    if (before and not before[0].isupper()) or before.lower() in (
        "plan",
        "vitamin",
        "part",
        "section",
        "appendix",
        "hepatitis",
        "class",
        "grade",
    ):
        return None
    return match[1]


@rule("initialism-number", r"(?<![\w.#@-])([A-Z]{1,5})-?(\d{1,4})(?P<s>s)?(?![\w]|[.,]\d|-\w)", "0")
def with_number(match: re.Match[str], language: str) -> str:
    said = letters(match[1]) if is_spelled(match[1]) or len(match[1]) < 3 else _WORDS.get(match[1], match[1].capitalize())
    figures = match[2]
    spoken = cardinal(int(figures)) if len(figures) < 3 and figures[0] != "0" else pairs(figures)
    return f"{said} {spoken}{'s' if match['s'] else ''}"


def is_spelled(word: str) -> bool:
    return word in _SPELLED or (not re.search("[AEIOUY]", word) and word not in _WORDS)


def _mixed_case(match: re.Match[str]) -> bool:
    """Return True if the words beside a match are in small letters; without any right beside it, those near it."""
    beside = [word for word in (word_before(match), word_after(match)) if word]
    if any(len(word) > 1 and word.isupper() for word in beside):
        return False
    return any(map(str.islower, beside)) or (not beside and _near_small_letters(match))


def _near_small_letters(match: re.Match[str]) -> bool:
    """Return True if there are words in small letters near a match, or it stands alone."""
    around = match.string[max(match.start() - 25, 0) : match.start()] + " " + match.string[match.end() : match.end() + 25]
    return any(character.islower() for character in around) or not any(character.isalpha() for character in around)


@rule("initialism", r"(?<![\w.@#$/-])([A-Z]{2,7})(s|['’][sS]|es|ed|ing)?(?![\w@&]|\.\w)", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
def initialism(match: re.Match[str], language: str) -> str | None:
    return _said(match[1], match[2] or "", match)


@rule(
    "initialism",
    r"(?<=[a-zA-Z0-9]-)([A-Z]{2,6})(s|['’]s)?(?![\w&])|(?<=[A-Za-z0-9]/)([A-Z]{2,6})(?![\w&])|(?<![\w.@#$-])([A-Z]{2,6})(?=/)",
    "-/",
)
def joined_initialism(match: re.Match[str], language: str) -> str | None:
    return _said(match[1] or match[3] or match[4], match[2] or "", match)


def _said(word: str, ending: str, match: re.Match[str]) -> str | None:
    plural = "'s" if ending.casefold() in ("s", "'s", "’s") else {"es": "'s", "ed": "'d", "ing": "-ing"}.get(ending, "")
    if word in _SOUNDS or (word in _OPEN and (word not in _SPELLED or not (ending or _mixed_case(match)))):
        return None
    if word == "SQL" and not ending and word_before(match).lower() == "a":
        return "sequel"
    if word == "OK":
        return f"okay{'s' if ending == 's' else plural}"
    if word in _WORDS:
        return _WORDS[word] + (ending or plural)
    return letters(word) + plural if is_spelled(word) else None


@rule("capitals", r"(?<![\w.@#$&/-])([A-Z]{2,}+)(['’][A-Z]{1,2})?(?![\w@&])", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
def capitals(match: re.Match[str], language: str) -> str | None:
    """Put words in capitals into small letters, which some engines would spell: emphasis, and headings such as "CHAPTER ONE"."""
    word = match[1]
    if word in _SHOUTED or match[2] or not _near_small_letters(match) or len(word) > 6 or _beside_capitals(match):
        return (word + (match[2] or "")).capitalize()
    return None


def _beside_capitals(match: re.Match[str]) -> bool:
    return any(
        len(word) > 1 and word.isupper() and not is_spelled(word) and word not in _WORDS for word in (word_before(match), word_after(match))
    )


INITIALISMS: tuple[Rule, ...] = (dotted, initial, with_number, initialism, joined_initialism, capitals)
NAMES: tuple[Rule, ...] = (language_version, named)
