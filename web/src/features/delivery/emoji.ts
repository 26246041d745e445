/** The emoji on the panel by kind, in the order people look for them: faces and hands first, as in WeChat. */

export interface EmojiKind {
  readonly id: "people" | "animals" | "food" | "activities" | "travel" | "objects" | "symbols";
  readonly emoji: readonly string[];
}

const split = (all: string): readonly string[] => all.split(" ");

export const EMOJI: readonly EmojiKind[] = [
  {
    id: "people",
    emoji: split(
      "😀 😃 😄 😁 😆 😅 😂 🤣 😊 😇 🙂 🙃 😉 😌 😍 🥰 😘 😗 😋 😛 😜 🤪 🤗 🤭 🤫 🤔 🤐 😐 😑 😶 😏 😒 🙄 😬 😔 😪 😴 😷 🤒 🤕 🤢 🤧 🥵 🥶 😵 🤯 🥳 😎 🤓 😕 😟 🙁 😮 😲 😳 🥺 😦 😨 😰 😢 😭 😱 😖 😞 😓 😩 😫 🥱 😤 😡 😠 🤡 👻 💩 🙈 🙉 🙊 👋 👌 ✌️ 🤞 🤟 🤙 👈 👉 👆 👇 👍 👎 ✊ 👊 👏 🙌 🤝 🙏 💪 👀 👂 👄 👶 👧 👦 👩 👨 👵 👴 🙇 🙋 🤷 🤦 💁 🙅 🙆 💃 🏃 🚶 👪 💑",
    ),
  },
  {
    id: "animals",
    emoji: split(
      "🐶 🐱 🐭 🐹 🐰 🦊 🐻 🐼 🐨 🐯 🦁 🐮 🐷 🐸 🐵 🐔 🐧 🐦 🐤 🦆 🦅 🦉 🐴 🦄 🐝 🦋 🐌 🐞 🐢 🐍 🐙 🦐 🦀 🐠 🐬 🐳 🐉 🐲 🐎 🐏 🐑 🐘 🐪 🐓 🐇 🌵 🎄 🌲 🌳 🌴 🌱 🌿 🍀 🎋 🍁 🍂 🌹 🌷 🌺 🌸 🌼 🌻 💐 🌾 🍄 🌙 🌕 ⭐ 🌟 ✨ ☀️ ⛅ ☁️ 🌧️ ⛈️ 🌈 ❄️ ⛄ 🌊 🔥 💧",
    ),
  },
  {
    id: "food",
    emoji: split(
      "🍎 🍊 🍋 🍌 🍉 🍇 🍓 🍒 🍑 🥭 🍍 🥝 🍅 🥑 🍆 🥔 🥕 🌽 🌶️ 🥒 🥬 🧄 🥜 🍞 🥐 🥚 🍳 🧀 🥩 🍗 🍖 🍔 🍟 🍕 🥪 🌮 🥗 🍝 🍜 🍲 🍛 🍣 🍱 🥟 🍤 🍙 🍚 🍘 🥮 🍡 🍢 🍧 🍦 🎂 🍰 🍭 🍬 🍫 🍿 🍩 🍪 🥛 🍼 ☕ 🍵 🧋 🥤 🍶 🍺 🍻 🥂 🍷 🥃 🍹 🥢 🍽️",
    ),
  },
  {
    id: "activities",
    emoji: split(
      "🎉 🎊 🎈 🎁 🧧 🏮 🎆 🎇 🧨 🎑 🎐 🎀 🏆 🥇 🥈 🥉 ⚽ 🏀 🏐 🎾 🏸 🏓 🎱 🥊 🥋 🎣 🏊 🚴 🧘 🏋️ ⛹️ 🏄 🎿 ⛷️ 🎮 🎲 🀄 🃏 ♟️ 🧩 🎯 🎳 🎤 🎧 🎵 🎶 🎸 🎹 🎻 🥁 🎬 🎨 🎭 🎪",
    ),
  },
  {
    id: "travel",
    emoji: split(
      "🚗 🚕 🚌 🚑 🚒 🚓 🚚 🚜 🏍️ 🛵 🚲 🛴 🚇 🚄 🚂 ✈️ 🛫 🛬 🚀 🚁 ⛵ 🚢 ⚓ ⛽ 🚦 🗺️ 🧭 🏔️ ⛰️ 🌋 🏕️ 🏖️ 🏝️ 🏠 🏡 🏢 🏥 🏫 🏪 🏦 🏨 ⛩️ 🕌 ⛪ 🏯 🏰 🗼 🗽 🎡 🎢 🌃 🌅 🌉 🌁 🧳",
    ),
  },
  {
    id: "objects",
    emoji: split(
      "📱 ☎️ 📞 💻 🖨️ ⌚ 📷 📹 📺 📻 ⏰ ⏳ 🔋 💡 🔦 🕯️ 💰 💵 💴 💳 🧾 💎 ⚖️ 🔧 🔨 🔑 🔒 🚪 🛏️ 🛋️ 🚿 🛁 🧹 🧺 🧻 🧼 🪥 💊 💉 🩺 🌡️ 📦 📫 ✉️ 📜 📄 📅 📌 📎 ✂️ 📏 📚 📖 📝 ✏️ 🖌️ 🔍 🎒 👓 🕶️ 👔 👕 👖 👗 👘 👠 👟 🧢 👑 💍 💄 👜 🌂 ☂️",
    ),
  },
  {
    id: "symbols",
    emoji: split(
      "❤️ 🧡 💛 💚 💙 💜 🤎 🖤 🤍 💔 💕 💞 💓 💗 💖 💘 💝 💯 💢 💥 💫 💦 💤 💬 ✅ ❌ ⭕ 🚫 ❓ ❗ ⚠️ 🆗 🆒 🆕 🆓 🔝 🔜 ➕ ➖ ➗ ✖️ ♾️ ㊗️ ㊙️ 🈵 🈚 ☯️ ☮️ ♻️ 🔴 🟠 🟡 🟢 🔵 🟣 ⚫ ⚪ ⬆️ ⬇️ ⬅️ ➡️ 🔄 🔔 🔕 🔈 🎗️ 🇨🇳 🇺🇸 🇨🇦 🇯🇵 🇰🇷 🇸🇬 🇬🇧",
    ),
  },
];
