"""The fixed words of a package's page, in both languages: the file is read far from any catalogue."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "name": "English",
        "title": "The data that OmegaCloud holds about you",
        "lede": (
            "This is the answer to your access request. It opens without a connection and loads nothing from anywhere."
        ),
        "request": "Request",
        "received": "Received",
        "made": "Put together",
        "how": "How to read it",
        "how_text": (
            "Each section below is one kind of data. The file beside it holds every record as JSON, "
            "one on each line; manifest.json lists all files with their size and SHA-256, so that you "
            "can check that nothing was changed."
        ),
        "contents": "What is in it",
        "holding": "Kind of data",
        "records": "Records",
        "size": "Bytes",
        "purposes": "What it is used for",
        "basis": "Legal basis",
        "recipients": "Who receives it",
        "source": "Where it comes from",
        "retention": "How long it is kept",
        "policy": "Section of the privacy policy",
        "fields": "What the fields mean",
        "first": "The first records",
        "all_in": "All records are in",
        "none": "We hold no record of this kind about you.",
        "missing": "What is not in it, and why",
        "secrets": (
            "Passwords, tokens and keys: whoever holds them could sign in as you, so they are handed to nobody."
        ),
        "elsewhere": (
            "Your code, what your apps store, and your payments at Stripe: this office does not hold them. "
            "Ask for them at {contact}."
        ),
        "rights": "Your rights",
        "rights_text": (
            "You may ask us to correct or delete this data, to restrict its use or to give it to you for use "
            "elsewhere, and object to its use: write to {contact}. You may complain to a data protection "
            "authority, in particular where you live, and go to court. "
            "This office decides nothing about you by machines alone."
        ),
        "file": "File",
        "digest": "SHA-256",
    },
    "ar": {
        "name": "العربية",
        "title": "البيانات التي تحتفظ بها OmegaCloud عنك",
        "lede": ("هذا هو الرد على طلب الاطلاع الذي قدمته. يُفتح دون اتصال بالإنترنت ولا يحمّل شيئًا من أي مكان."),
        "request": "الطلب",
        "received": "تاريخ الاستلام",
        "made": "تاريخ الإعداد",
        "how": "كيف تقرؤه",
        "how_text": (
            "كل قسم أدناه نوع واحد من البيانات. والملف المذكور بجانبه يضم كل السجلات بصيغة JSON، سجل "
            "في كل سطر؛ ويسرد manifest.json جميع الملفات مع حجمها وبصمة SHA-256 لتتحقق من أن شيئًا لم "
            "يتغير."
        ),
        "contents": "ما يحتويه",
        "holding": "نوع البيانات",
        "records": "السجلات",
        "size": "بايت",
        "purposes": "الغرض من استخدامها",
        "basis": "الأساس القانوني",
        "recipients": "من يستلمها",
        "source": "مصدرها",
        "retention": "مدة الاحتفاظ بها",
        "policy": "القسم في سياسة الخصوصية",
        "fields": "معنى الحقول",
        "first": "السجلات الأولى",
        "all_in": "جميع السجلات في الملف",
        "none": "لا نحتفظ بأي سجل من هذا النوع عنك.",
        "missing": "ما لا يحتويه، ولماذا",
        "secrets": ("كلمات المرور والرموز والمفاتيح: من يملكها يستطيع تسجيل الدخول باسمك، ولذلك لا تُسلَّم إلى أحد."),
        "elsewhere": (
            "الكود الخاص بك وما تخزنه تطبيقاتك ومدفوعاتك لدى Stripe: لا يحتفظ بها هذا المكتب. اطلبها عبر {contact}."
        ),
        "rights": "حقوقك",
        "rights_text": (
            "يمكنك أن تطلب تصحيح هذه البيانات أو حذفها أو تقييد استخدامها أو تسليمها إليك لاستخدامها في جهة "
            "أخرى، وأن تعترض على استخدامها: راسلنا على {contact}. ويمكنك تقديم شكوى إلى سلطة حماية "
            "البيانات، ولا سيما حيث تقيم، واللجوء إلى القضاء. ولا يتخذ هذا المكتب أي قرار بشأنك بواسطة "
            "الآلات وحدها."
        ),
        "file": "الملف",
        "digest": "SHA-256",
    },
}
