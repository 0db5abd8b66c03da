// The page's language and theme, and where the focus is. What it may load is told by ui/server/guard.py.

export default function (component) {
  document.documentElement.lang = component.data.lang;
  wear(component.data.theme);
  takeFocus();
}

// The question's box has the focus when nothing else wants it; not on a phone, where the keyboard would cover the page.
function takeFocus() {
  if (window.innerWidth < 700 || document.activeElement !== document.body) return;
  const box = document.querySelector('[data-testid="stChatInputTextArea"]');
  if (box && !box.disabled) box.focus({ preventScroll: true });
  else if (takeFocus.tries < 50) [takeFocus.tries] = [takeFocus.tries + 1, setTimeout(takeFocus, 100)];
}
takeFocus.tries = 0;

// Streamlit takes its theme when the page loads, from where its own menu (which is hidden) would keep the choice.
function wear(theme) {
  const place = `stActiveTheme-${window.location.pathname}-v2`;
  const wanted = { light: '"Light"', dark: '"Dark"' }[theme] || null;
  if (window.localStorage.getItem(place) === wanted) return;
  if (!wanted && window.localStorage.getItem(place) === '"System"') return;
  if (wanted) window.localStorage.setItem(place, wanted);
  else window.localStorage.removeItem(place);
  if (window.localStorage.getItem(place) === wanted) window.location.reload();
}
