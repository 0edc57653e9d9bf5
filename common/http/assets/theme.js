// Before the first paint: the theme last chosen in this browser. The setting
// itself comes with the live feed (frame.mjs).
'use strict';
document.documentElement.dataset.theme = localStorage.getItem('theme') || 'system';
