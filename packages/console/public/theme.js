// A classic script in the head instead of a module: a theme applied after the first paint would flash.
(() => {
  const KEY = 'pgwamp-theme';
  const root = document.documentElement;
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');

  /** @param {string} [theme] what to remember; nothing to read */
  function remembered(theme) {
    try {
      if (theme) localStorage.setItem(KEY, theme);
      return localStorage.getItem(KEY) ?? undefined;
    } catch {
      // The browser denies storage to this page, so the theme lasts as long as the page.
      return theme;
    }
  }

  function current() {
    return root.dataset.theme ?? (prefersDark.matches ? 'dark' : 'light');
  }

  function label() {
    const other = current() === 'dark' ? 'light' : 'dark';
    const button = document.getElementById('theme');
    button?.setAttribute('aria-label', `Switch to the ${other} theme`);
    button?.setAttribute('title', `Switch to the ${other} theme`);
  }

  function toggle() {
    root.dataset.theme = current() === 'dark' ? 'light' : 'dark';
    remembered(root.dataset.theme);
    label();
  }

  const theme = remembered();
  if (theme === 'dark' || theme === 'light') root.dataset.theme = theme;
  prefersDark.addEventListener('change', label);
  document.addEventListener('DOMContentLoaded', () => {
    document.getElementById('theme')?.addEventListener('click', toggle);
    label();
  });
})();
