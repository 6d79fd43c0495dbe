"""Words of the sample records: names, services, rooms, products and what people say. No real person."""

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"

TWO_SURNAMES = ("欧阳", "司马", "上官", "诸葛")

FEMALE = (
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "艳",
    "娟",
    "霞",
    "婷",
    "雪",
    "慧",
    "莹",
    "琳",
    "晓燕",
    "美玲",
    "雨桐",
    "思琪",
    "梦瑶",
    "佳怡",
    "欣怡",
    "子涵",
    "诗涵",
    "若曦",
    "雅静",
    "淑华",
    "秀英",
    "桂英",
    "玉兰",
    "婉清",
    "语嫣",
)

MALE = (
    "伟",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "杰",
    "涛",
    "明",
    "超",
    "浩然",
    "子轩",
    "宇航",
    "俊杰",
    "志强",
    "建国",
    "文博",
    "天佑",
)

ENGLISH = (
    "Alice Morgan",
    "Amelia Clarke",
    "Anna Kowalska",
    "Beth Sanders",
    "Carmen Diaz",
    "Charlotte Reed",
    "Chloe Martin",
    "Claire Dubois",
    "Daniel Hughes",
    "Diana Novak",
    "Eleanor Price",
    "Elena Petrova",
    "Emily Watson",
    "Emma Johansson",
    "Eva Lindqvist",
    "Fiona O'Brien",
    "Grace Kim",
    "Hannah Fischer",
    "Helen Adams",
    "Ingrid Berg",
    "Isabel Santos",
    "Jack Turner",
    "Jane Foster",
    "Julia Weber",
    "Karen Mitchell",
    "Kate Sullivan",
    "Laura Bianchi",
    "Lily Chen",
    "Linda Park",
    "Lucy Bennett",
    "Maria Rossi",
    "Marta Silva",
    "Mei Tanaka",
    "Mia Hansen",
    "Michael Grant",
    "Nina Ivanova",
    "Nora Walsh",
    "Olivia Brown",
    "Paula Schmidt",
    "Rachel Green",
    "Rosa García",
    "Sarah Lee",
    "Sofia Muñoz",
    "Sophie Laurent",
    "Tina Hoffmann",
    "Tom Ellis",
    "Vera Popescu",
    "Wendy Carter",
    "Yuki Sato",
    "Zoë Walker",
)

CITIES = (("上海", ("静安区", "徐汇区", "黄浦区", "长宁区", "浦东新区")),)

STREETS = ("南京西路", "淮海中路", "延安西路", "长乐路", "武康路", "愚园路", "衡山路", "陕西南路")

STAFF = (
    ("林晓梅", "director", "#be185d", "20.0"),
    ("陈雨欣", "senior", "#2563eb", "15.0"),
    ("Sophie Zhang", "senior", "#7c3aed", "15.0"),
    ("赵雅静", "senior", "#0d9488", "15.0"),
    ("周婷", "junior", "#d97706", "10.0"),
    ("吴佳怡", "junior", "#16a34a", "10.0"),
    ("何梦瑶", "trainee", "#64748b", "5.0"),
    ("郑秀兰", "senior", "#475569", "15.0"),
)

WORKING = 6  # the first six take bookings; the trainee does not yet, the last has left

SERVICES = (
    ("深层清洁护理 Deep cleansing", "facial", "PT1H", 298, 62, ()),
    ("补水焕肤护理 Hydrating facial", "facial", "PT1H15M", 398, 88, ()),
    ("祛痘调理 Acne care", "facial", "PT1H", 358, 75, ("skin_disease",)),
    ("淡斑美白 Brightening", "facial", "PT1H30M", 568, 130, ("pregnancy", "skin_disease")),
    ("抗衰紧致 Firming lift", "facial", "PT1H30M", 788, 190, ("pacemaker", "recent_surgery")),
    ("敏感肌舒缓 Calming facial", "facial", "PT1H", 428, 92, ()),
    ("眼部护理 Eye care", "facial", "PT30M", 198, 40, ()),
    ("射频提拉 Radio frequency", "facial", "PT1H", 980, 210, ("pregnancy", "pacemaker", "recent_surgery")),
    ("全身精油SPA Aroma body care", "body", "PT1H30M", 498, 110, ("pregnancy",)),
    ("身体磨砂 Body scrub", "body", "PT45M", 268, 55, ("skin_disease",)),
    ("肩颈舒缓 Neck and shoulders", "massage", "PT45M", 228, 35, ("recent_surgery",)),
    ("背部经络 Back massage", "massage", "PT1H", 298, 42, ("pregnancy", "recent_surgery")),
    ("足底按摩 Foot massage", "massage", "PT1H", 188, 25, ("pregnancy",)),
    ("头部放松 Scalp massage", "massage", "PT30M", 128, 18, ()),
    ("基础手部护理 Manicure", "hands", "PT45M", 128, 26, ()),
    ("足部护理 Pedicure", "hands", "PT1H", 168, 34, ()),
    ("睫毛嫁接 Lash extensions", "lashes", "PT1H30M", 388, 85, ()),
    ("眉形设计 Brow design", "lashes", "PT30M", 98, 12, ()),
)

ROOMS = (
    ("梅 Plum", 1, True),
    ("兰 Orchid", 1, True),
    ("竹 Bamboo", 1, False),
    ("菊 Chrysanthemum", 2, False),
    ("荷 Lotus", 2, False),
    ("松 Pine", 1, True),
)

PRODUCTS = (
    ("洁面乳 Cleanser", "Lumière", 168),
    ("爽肤水 Toner", "Lumière", 198),
    ("保湿精华 Hydrating serum", "Lumière", 458),
    ("保湿面霜 Moisturiser", "Lumière", 388),
    ("防晒乳 SPF50 Sunscreen", "Lumière", 228),
    ("祛痘凝胶 Acne gel", "净颜堂", 158),
    ("舒缓面膜 Calming mask", "净颜堂", 128),
    ("草本洁面 Herbal cleanser", "净颜堂", 98),
    ("玫瑰纯露 Rose water", "净颜堂", 138),
    ("山茶花油 Camellia oil", "净颜堂", 268),
    ("视黄醇晚霜 Retinol night cream", "Dermaline", 528),
    ("维C精华 Vitamin C serum", "Dermaline", 498),
    ("神经酰胺乳 Ceramide lotion", "Dermaline", 318),
    ("眼霜 Eye cream", "Dermaline", 428),
    ("果酸焕肤液 AHA peel", "Dermaline", 388),
    ("薰衣草精油 Lavender oil", "Aromata", 188),
    ("按摩基础油 Massage base oil", "Aromata", 238),
    ("身体磨砂膏 Body scrub", "Aromata", 218),
    ("护手霜 Hand cream", "Aromata", 88),
    ("足膜 Foot mask", "Aromata", 58),
)

COMMENTS = {
    5: (
        "非常满意，手法很专业。",
        "环境安静，服务贴心。",
        "Wonderful, I nearly fell asleep.",
        "皮肤明显变亮了！",
        "Best facial I have had in years.",
        "下次还会来。",
    ),
    4: ("整体不错。", "Nice and clean, a little cold.", "等了十分钟，其他都很好。", "手法好，力度可以再轻一点。"),
    3: ("一般，没有特别的感觉。", "Fine, but the music was loud.", "推销有点多。"),
    2: ("做完脸有点红。", "I waited twenty minutes."),
    1: ("预约的时间没有人接待，很失望。",),
}

ROOM_WORDS = ("轻音乐", "古典", "无", "Jazz", "自然声")

INQUIRIES = (
    ("吴小姐", "facial", "第一次来，皮肤比较敏感，想先了解一下。"),
    ("Anna Berg", "massage", "Two of us, if possible at the same time."),
    ("郑女士", "lashes", "周末下午有空位吗？"),
)
