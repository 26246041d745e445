/** The emoji on the panel, faces first, as WeChat orders them. */
export const EMOJI: readonly string[] =
  "😀 😃 😄 😁 😆 😅 😂 🤣 😊 😇 🙂 🙃 😉 😌 😍 🥰 😘 😗 😋 😛 😜 🤪 🤗 🤭 🤫 🤔 🤐 😐 😑 😶 😏 😒 🙄 😬 😔 😪 😴 😷 🤒 🤕 🤢 🤧 🥵 🥶 😵 🤯 🥳 😎 🤓 😕 😟 🙁 😮 😲 😳 🥺 😦 😨 😰 😢 😭 😱 😖 😞 😓 😩 😫 🥱 😤 😡 😠 👋 👌 ✌️ 🤞 🤙 👈 👉 👆 👇 👍 👎 ✊ 👊 👏 🙌 🤝 🙏 💪 ❤️ 🧡 💛 💚 💙 💜 🖤 💔 💕 💖 💯 🌹 🌷 🌸 🍀 🌙 ⭐ ☀️ ☁️ 🌈 ❄️ 🔥 🎉 🎊 🎁 🎂 🧧 🏮 🎆 🐶 🐱 🐼 🐷 🐔 🍵 ☕ 🍺 🍜 🥟 🍚 🍎 🍉 🚗 ✈️ 🏠 💰 ⏰ 📷 📞 ✅ ❌ ❓ ❗".split(
    " ",
  );
