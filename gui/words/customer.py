"""What staff say to a customer when points cannot be spent, in the five languages of the screen."""

# ruff: noqa: E501  a sentence is easier to proofread on one line
from __future__ import annotations

NAMES = {"en": "English", "zh": "中文", "ms": "Melayu", "ta": "தமிழ்", "id": "Indonesia"}

SENTENCES: dict[str, dict[str, str]] = {
    "en": {
        "offline_pending": "“We cannot redeem points for a short while. Your {balance} points are safe, and today’s {pending} will follow by themselves.”",
        "offline": "“We cannot redeem points for a short while. Your {balance} points are safe.”",
        "too_few": "“You have {balance} points, so {points} cannot be redeemed today. Nothing was taken.”",
        "declined": "“Your points cannot be redeemed right now. Your {balance} points are safe.”",
        "granted": "“You get your discount now. Your {points} points will be taken when our connection is back.”",
        "unknown": "“We are waiting for an answer about your points. It takes a moment.”",
    },
    "zh": {
        "offline_pending": "“暂时无法兑换积分。您的 {balance} 积分都在，今天的 {pending} 积分稍后会自动到账。”",
        "offline": "“暂时无法兑换积分。您的 {balance} 积分都在，不会丢失。”",
        "too_few": "“您有 {balance} 积分，不够兑换 {points} 积分。没有扣除任何积分。”",
        "declined": "“现在无法兑换积分。您的 {balance} 积分都在，不会丢失。”",
        "granted": "“折扣现在就给您。恢复连接后会扣除您的 {points} 积分。”",
        "unknown": "“我们正在等待积分的答复，请稍等一下。”",
    },
    "ms": {
        "offline_pending": "“Mata tidak dapat ditebus buat sementara. {balance} mata anda selamat, dan {pending} mata hari ini akan menyusul.”",
        "offline": "“Mata tidak dapat ditebus buat sementara. {balance} mata anda selamat.”",
        "too_few": "“Anda ada {balance} mata, jadi {points} mata tidak dapat ditebus hari ini. Tiada mata ditolak.”",
        "declined": "“Mata tidak dapat ditebus sekarang. {balance} mata anda selamat.”",
        "granted": "“Anda dapat diskaun sekarang. {points} mata anda akan ditolak apabila sambungan kami pulih.”",
        "unknown": "“Kami sedang menunggu jawapan tentang mata anda. Sekejap sahaja.”",
    },
    "ta": {
        "offline_pending": "“சிறிது நேரத்திற்குப் புள்ளிகளைப் பயன்படுத்த முடியாது. உங்கள் {balance} புள்ளிகள் பாதுகாப்பாக உள்ளன; இன்றைய {pending} பின்னர் சேர்க்கப்படும்.”",
        "offline": "“சிறிது நேரத்திற்குப் புள்ளிகளைப் பயன்படுத்த முடியாது. உங்கள் {balance} புள்ளிகள் பாதுகாப்பாக உள்ளன.”",
        "too_few": "“உங்களிடம் {balance} புள்ளிகள் உள்ளன; {points} புள்ளிகளைப் பயன்படுத்த முடியாது. புள்ளிகள் எதுவும் குறைக்கப்படவில்லை.”",
        "declined": "“இப்போது புள்ளிகளைப் பயன்படுத்த முடியாது. உங்கள் {balance} புள்ளிகள் பாதுகாப்பாக உள்ளன.”",
        "granted": "“உங்கள் தள்ளுபடி இப்போதே கிடைக்கும். எங்கள் இணைப்பு வந்ததும் உங்கள் {points} புள்ளிகள் கழிக்கப்படும்.”",
        "unknown": "“உங்கள் புள்ளிகள் பற்றிய பதிலுக்குக் காத்திருக்கிறோம். சிறிது நேரம் ஆகும்.”",
    },
    "id": {
        "offline_pending": "“Poin tidak bisa ditukar untuk sementara. {balance} poin Anda aman, dan {pending} poin hari ini akan menyusul.”",
        "offline": "“Poin tidak bisa ditukar untuk sementara. {balance} poin Anda aman.”",
        "too_few": "“Anda punya {balance} poin, jadi {points} poin tidak bisa ditukar hari ini. Tidak ada yang dipotong.”",
        "declined": "“Poin tidak bisa ditukar sekarang. {balance} poin Anda aman.”",
        "granted": "“Anda mendapat diskon sekarang. {points} poin Anda akan dipotong setelah koneksi kami pulih.”",
        "unknown": "“Kami sedang menunggu jawaban tentang poin Anda. Sebentar saja.”",
    },
}
