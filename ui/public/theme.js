// Sets theme and language before the first paint; a separate file because the page forbids inline scripts.
(function () {
  try {
    var theme = localStorage.getItem('hopline.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    var language = localStorage.getItem('hopline.language');
    if (language === 'en' || language === 'ko') document.documentElement.lang = language;
  } catch (error) {
    // Storage may be forbidden; then the system's theme is right.
  }
})();
