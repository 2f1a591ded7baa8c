"""The vocabulary that invented titles, people and companies are combined from; `Korean = English` unless said otherwise."""


def _table(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(part.strip() for part in entry.split("=")) for entry in text.replace("\n", "|").split("|") if entry.strip()
    )


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((first, second) for first, second in _table(text))


def _weights(text: str) -> tuple[tuple[str, float], ...]:
    return tuple((name, float(weight)) for name, weight in _table(text))


ADJECTIVES = _pairs(
    """
    느린=Slow | 젖은=Wet | 투명한=Clear | 낡은=Worn | 짙은=Deep | 서툰=Clumsy | 희미한=Faint | 소란한=Noisy
    삐뚤어진=Crooked | 남겨진=Leftover | 흩어진=Scattered | 졸린=Sleepy | 수줍은=Shy | 뒤집힌=Overturned
    얼어붙은=Frozen Over | 녹슨=Rusty | 비스듬한=Slanted | 이름없는=Nameless | 떠도는=Drifting | 가벼운=Weightless
    구겨진=Crumpled | 엉킨=Tangled | 숨찬=Breathless | 마른=Dry | 외딴=Remote | 반짝이는=Glittering | 쓸쓸한=Lonesome
    굽은=Bent | 늦은=Late | 설익은=Unripe
    """
)
NOUNS = _pairs(
    """
    우체국=Post Office | 계단=Stairway | 소금창고=Salt Shed | 등대지기=Lighthouse Keeper | 고양이역=Cat Station
    나침반=Compass | 장독대=Jar Terrace | 물수제비=Skipping Stones | 자전거포=Bicycle Shop | 수레국화=Cornflower
    양철지붕=Tin Roof | 세탁소=Laundry | 바늘귀=Needle's Eye | 실타래=Skein | 굴뚝새=Wren | 모래시계=Hourglass
    종이배=Paper Boat | 연필심=Pencil Lead | 유리온실=Glasshouse | 간이역=Whistle Stop | 보리밭=Barley Field
    두루미=Crane | 무전기=Walkie-Talkie | 달력장수=Calendar Seller | 여울목=Rapids | 솜사탕=Cotton Candy | 태엽=Clockwork
    사다리=Ladder | 귤밭=Tangerine Grove | 방앗간=Mill | 징검다리=Stepping Stones | 단추=Button | 목화밭=Cotton Field
    풍향계=Weathervane | 뻐꾸기=Cuckoo | 도르래=Pulley | 은하철물=Galaxy Hardware | 열쇠공=Locksmith
    파도타기=Wave Riding | 초인종=Doorbell | 볏단=Sheaf | 주전자=Kettle | 보온병=Thermos | 한낮=High Noon
    골목대장=Alley Captain | 까치밥=Magpie's Share | 분필=Chalk | 기왓장=Roof Tile | 너울=Swell | 가마솥=Cauldron
    노른자=Yolk | 쪽배=Skiff | 승강장=Platform | 손전등=Flashlight | 물레=Spinning Wheel | 저울=Scales | 돋보기=Magnifier
    깡통로봇=Tin Robot | 선인장=Cactus | 다락방=Attic | 수족관=Aquarium | 지느러미=Fin | 안개등=Fog Lamp
    측백나무=Arborvitae | 조약돌=Pebble | 뱃고동=Ship's Horn | 복숭아뼈=Anklebone | 석류=Pomegranate
    민들레역=Dandelion Station | 벽시계=Wall Clock | 빨래집게=Clothes Peg | 외투=Overcoat | 그네=Swing
    하모니카=Harmonica | 소나기밥=Downpour Supper | 항아리=Jar | 갈대숲=Reed Bed | 딱지=Paper Disc
    유랑극단=Travelling Troupe | 박하사막=Peppermint Desert | 나무젓가락=Wooden Chopsticks | 신호등=Traffic Light
    문방구=Stationer's | 매듭=Knot | 절굿공이=Pestle | 고드름=Icicle | 초승달=New Moon | 땅콩밭=Peanut Field
    물안경=Goggles | 지하도=Underpass | 옥탑=Rooftop Room | 멜빵=Braces | 팽이=Spinning Top | 등나무=Wisteria
    """
)
PLACES = _pairs(
    """
    너울동=Neoul-dong | 솔재=Soljae | 가람포=Garampo | 돌섬리=Dolseom-ri | 은별읍=Eunbyeol | 북고개=Bukgogae
    마루시=Maru City | 서녘항=Seonyeok Harbour | 달밭골=Dalbatgol | 물미=Mulmi | 윗샘=Witsaem | 한여울=Hanyeoul
    새터말=Saeteomal | 버들나루=Beodeulnaru | 늘봄동=Neulbom-dong | 구름재=Gureumjae | 모란역=Moran Crossing
    잣나무길=Jatnamu Road | 푸름도=Pureum Island | 연못거리=Yeonmot Street
    """
)
ENDINGS = _pairs(
    """
    의 오후=Afternoon of the | 의 비밀장부=Secret Ledger of the | 의 발자국=Footprints of the
    에서 온 편지=A Letter from the | 에 두고 온 것=Left at the | 에게 배운 것=Learned from the
    의 마지막 손님=Last Guest of the | 의 반란=Revolt of the | 에 내리는 눈=Snow on the | 의 온도=Temperature of the
    의 그늘=Shade of the | 의 계절=Season of the
    """
)
SUBTITLES = _pairs(
    """
    새벽의 약속=Promise at Dawn | 끝없는 밤=The Endless Night | 귀로=The Way Back | 첫 번째 문=The First Door
    그림자 지도=Shadow Map | 바람의 값=The Price of Wind | 두 번째 여름=The Second Summer | 잃어버린 하루=The Missing Day
    """
)
HEROES = _pairs(
    """
    또롱이=Ttorong | 무무=Mumu | 꼬마토끼 봉봉=Little Bonbon | 별콩=Byeolkong | 로롱기사단=Rorong Knights
    뚜비와 친구들=Dubi and Friends | 구름탐정=Cloud Detective | 공룡버스=Dino Bus | 마법연필단=Magic Pencils
    """
)
SURNAMES = _pairs(
    """
    김=KIM | 이=LEE | 박=PARK | 최=CHOI | 정=JUNG | 강=KANG | 조=CHO | 윤=YOON | 장=JANG | 임=LIM | 한=HAN | 오=OH
    서=SEO | 신=SHIN | 권=KWON | 황=HWANG | 안=AHN | 송=SONG | 류=RYU | 홍=HONG | 도=DO | 봉=BONG | 제갈=JEGAL
    남궁=NAMGUNG | 표=PYO | 옥=OK
    """
)
SYLLABLES = _pairs(
    """
    단=dan | 루=ru | 솔=sol | 겸=gyeom | 람=ram | 휘=hwi | 별=byeol | 온=on | 율=yul | 찬=chan | 담=dam | 새=sae | 록=rok
    벼=byeo | 샘=saem | 결=gyeol | 란=ran | 탁=tak | 묵=muk | 설=seol | 빛=bit | 울=ul | 초=cho | 맑=malg | 늘=neul
    봄=bom | 림=rim | 학=hak | 곤=gon | 연=yeon | 하=ha | 로=ro | 견=gyeon | 필=pil | 소=so | 은=eun
    """
)
FOREIGN_FIRST = _pairs(
    """
    올드린=Oldrin | 마렐=Marel | 카시안느=Cassianne | 테오릭=Theoric | 벨라미나=Belamina | 주노크=Junok | 이졸다=Isolda
    라스무트=Rasmut | 페넬린=Penelin | 하루노스케=Harunosuke | 미츠카=Mitsuka | 렌지로=Renjiro | 오데트라=Odettra
    그리젤=Grisel | 탄크레드=Tancred | 솔베이그=Solveig | 에밀리앙=Emilian | 노르베르=Norber
    """
)
FOREIGN_LAST = _pairs(
    """
    판데로=Vandero | 켈러만즈=Kellermans | 오르도네=Ordone | 하이스트럼=Heistrum | 모리가와라=Morigawara
    쿠스노다=Kusunoda | 브론테빌=Bronteville | 스테나우=Stenau | 가르디넬=Gardinel | 올브라잇슨=Olbrightson
    타카미네키=Takamineki | 라비노체=Ravinoce | 두샤르댕=Duchardin | 페트로발=Petroval | 윈터본=Winterbourn
    """
)
COMPANY_STEMS = _pairs(
    """
    물결나무=Mulgyeolnamu | 돌담길=Doldamgil | 하늘정거장=Haneul Depot | 초록우산골=Chorok Hollow | 세모네모=Semonemo
    달토끼=Daltokki | 오름빛=Oreumbit | 나루터=Naruteo | 여울소리=Yeoulsori | 까치둥지=Kkachi Nest | 북극여우=Bukgeuk Fox
    은모래=Eunmorae | 참깨밭=Chamkkae Farm | 바람개비마을=Baramgaebi Village | 콩나무=Kongnamu | 등꽃=Deungkkot
    무지개우체통=Mujigae Postbox | 소쩍새=Sojjeok | 구름사다리=Gureum Ladder | 일곱별=Ilgopbyeol | 차돌=Chadol
    단풍고개=Danpung Pass | 솔방울=Solbangul | 호롱=Horong | 푸른주전자=Pureun Kettle | 모퉁이=Motungi | 느티=Neuti
    새벽시장=Saebyeok Market | 동그라미=Donggeurami | 밤나무골=Bamnamugol
    """
)
COMPANY_TAILS = _pairs(
    """
    필름=Films | 픽쳐스=Pictures | 엔터테인먼트=Entertainment | 스튜디오=Studio | 시네마=Cinema | 미디어=Media
    배급=Distribution | 영화사=Motion Pictures | 프로덕션=Production | 콘텐츠랩=Contents Lab
    """
)
MAJORS = (
    ("물결나무엔터테인먼트(주)", "Mulgyeolnamu Entertainment"),
    ("(주)하늘정거장픽쳐스", "Haneul Depot Pictures"),
    ("오름빛스튜디오(주)", "Oreumbit Studios"),
    ("(주)북극여우코리아", "Bukgeuk Fox Korea"),
    ("일곱별인터내셔널 코리아(유)", "Ilgopbyeol International Korea"),
    ("(주)달토끼 앤드 나루", "Daltokki & Naru"),
    ("주식회사 까치둥지배급", "Kkachi Nest Distribution"),
    ("㈜초록우산골시네마", "Chorok Hollow Cinema"),
    ("은모래 &amp; 파트너스(주)", "Eunmorae & Partners"),
    ("(주)세모네모필름", "Semonemo Films"),
    ("돌담길미디어(주) ", "Doldamgil Media"),
    ("소쩍새│콘텐츠(주)", "Sojjeok Contents"),
)
"""The large distributors, largest first."""
GENRES = _weights(
    """
    드라마=30.0 | 애니메이션=13.0 | 다큐멘터리=11.0 | 액션=11.0 | 멜로/로맨스=9.0 | 코미디=9.0 | 스릴러=7.0
    공포(호러)=5.0 | 판타지=4.0 | 미스터리=4.0 | 어드벤처=4.0 | 범죄=4.0 | SF=3.0 | 공연=4.0 | 가족=3.0 | 사극=2.0
    뮤지컬=1.5 | 전쟁=1.0 | 서부극(웨스턴)=0.3 | 기타=1.0
    """
)
"""KOFIC's genre names and how often each is drawn."""
NATIONS = _weights(
    """
    미국=48.0 | 일본=28.0 | 프랑스=10.0 | 영국=8.0 | 독일=4.0 | 중국=4.0 | 스페인=2.0 | 이탈리아=2.0 | 대만=2.0 | 홍콩=1.0
    캐나다=1.0 | 덴마크=1.0 | 노르웨이=1.0 | 호주=1.0
    """
)
"""Where foreign films come from."""


def _codes(text: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((code, korean, english) for code, korean, english in _table(text))


NATION_CODES = _codes(
    """
    22041011=한국=Korea | 22042002=미국=U.S.A | 22041008=일본=Japan | 22043004=프랑스=France | 22043002=영국=U.K
    22043003=독일=Germany | 22041002=중국=China | 22043010=스페인=Spain | 22043005=이탈리아=Italy | 22041004=대만=Taiwan
    22041003=홍콩=Hong Kong | 22042001=캐나다=Canada | 22043011=덴마크=Denmark | 22043012=노르웨이=Norway
    22046001=호주=Australia
    """
)
FILM_TYPES = _codes(
    """
    220101=장편=Feature | 220102=단편=Short | 220103=옴니버스=Omnibus
    """
)
COMPANY_PARTS = _codes(
    """
    260101=제작사=Production | 260102=공동제작사=Co-Production | 260201=배급사=Distribution | 260301=수입사=Import
    260401=제공=Presenter | 260402=공동제공=Co-Presenter | 260501=해외세일즈사=World Sales | 260601=상영업=Exhibition
    """
)
AREAS = tuple(
    (code, korean, english, float(part))
    for code, korean, english, part in _table(
        """
        0105001=서울시=Seoul=0.262 | 0105002=경기도=Gyeonggi-do=0.246 | 0105003=강원도=Gangwon-do=0.022
        0105004=충청북도=Chungcheongbuk-do=0.026 | 0105005=충청남도=Chungcheongnam-do=0.032
        0105006=경상북도=Gyeongsangbuk-do=0.034 | 0105007=경상남도=Gyeongsangnam-do=0.052
        0105008=전라북도=Jeollabuk-do=0.028 | 0105009=전라남도=Jeollanam-do=0.021 | 0105010=제주도=Jeju-do=0.012
        0105011=부산시=Busan=0.073 | 0105012=대구시=Daegu=0.055 | 0105013=대전시=Daejeon=0.037 | 0105014=울산시=Ulsan=0.022
        0105015=인천시=Incheon=0.046 | 0105016=광주시=Gwangju=0.032
        """
    )
)
"""The areas of wideAreaCd, with a made-up part of the country's admissions."""
STAFF_ROLES = (
    "VFX 아티스트",
    "DI팀",
    "홍보/마케팅 진행",
    "배급진행",
    "조명팀",
    "제작팀",
    "촬영팀",
    "미술팀",
    "소품팀",
    "연출팀",
    "프로듀서",
    "시나리오(각본)",
    "편집",
    "음악",
    "투자",
)
CASTS = ("점장", "선생님", "막내", "형사", "옆집 남자", "우체부", "할머니", "선장", "기자", "동생", "의사", "반장", "")
GRADES = _weights(
    """
    전체관람가=0.29 | 12세이상관람가=0.38 | 15세이상관람가=0.28 | 청소년관람불가=0.05
    """
)
