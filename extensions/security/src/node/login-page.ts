/**
 * The page that asks for the login, whole in one answer: nothing else is served before. It takes the token from the
 * address's fragment, which never leaves the browser by itself, and posts it.
 */
export function loginPage(nonce: string, loggedIn: boolean): string {
    return PAGE.replaceAll('%NONCE%', nonce).replace('%LOGGED_IN%', String(loggedIn));
}

/** Headers that keep the page from loading or being loaded by anything else. */
export function loginPageHeaders(nonce: string): Record<string, string> {
    const policy = [
        "default-src 'none'",
        `style-src 'nonce-${nonce}'`,
        `script-src 'nonce-${nonce}'`,
        "connect-src 'self'",
        'img-src data:',
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'"
    ];
    return {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': policy.join('; '),
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'Cache-Control': 'no-store'
    };
}

const PAGE = `<!DOCTYPE html>
<html lang="en" data-logged-in="%LOGGED_IN%">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in – Connect</title>
<link rel="icon" href="data:,">
<style nonce="%NONCE%">
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { width: min(30rem, calc(100vw - 3rem)); }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
label { display: block; margin: 1.25rem 0 .25rem; font-weight: 600; }
input, button { font: inherit; padding: .5rem .75rem; border-radius: .25rem; box-sizing: border-box; }
input { width: 100%; border: 1px solid GrayText; background: Field; color: FieldText; }
button { margin-top: .75rem; border: 0; background: #0b5cad; color: #fff; cursor: pointer; }
button:disabled { opacity: .6; cursor: default; }
input:focus-visible, button:focus-visible { outline: 3px solid #4c9aff; outline-offset: 2px; }
[role=status] { min-height: 1.5rem; margin: .75rem 0 0; }
</style>
</head>
<body>
<main>
<h1>Connect</h1>
<p>This page can reach the files of the person who started Connect, so it asks who you are. Open the address
that Connect printed in its terminal, or paste that address here.</p>
<form>
<label for="token">Address or login code</label>
<input id="token" name="token" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" required
 aria-describedby="status">
<button type="submit">Log in</button>
<p id="status" role="status"></p>
</form>
<noscript><p>Connect needs JavaScript.</p></noscript>
</main>
<script nonce="%NONCE%">
'use strict';
const form = document.querySelector('form');
const field = document.getElementById('token');
const status = document.getElementById('status');
const button = form.querySelector('button');
async function logIn(token) {
    button.disabled = true;
    status.textContent = 'Logging in…';
    try {
        const answer = await fetch('/login', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ token })
        });
        if (answer.ok) {
            location.replace('/');
            return;
        }
        status.textContent = (await answer.json()).message;
    } catch {
        status.textContent = 'Connect does not answer. Check that it still runs, then try again.';
    }
    button.disabled = false;
    field.focus();
    field.select();
}
form.addEventListener('submit', event => {
    event.preventDefault();
    void logIn(field.value.trim().replace(/^.*#/s, ''));
});
const token = location.pathname === '/login' ? location.hash.slice(1) : '';
if (location.pathname === '/login') {
    // the token must not stay in the history
    history.replaceState(undefined, '', '/login');
}
if (document.documentElement.dataset.loggedIn === 'true') {
    location.replace('/');
} else if (token) {
    void logIn(token);
} else {
    field.focus();
}
</script>
</body>
</html>
`;
