# SPDX-License-Identifier: MIT
"""The page on which a user gives a token to a program: /app/user/verify-token.

`state.login_callback` sets the generation of the callback, `state.login_user` the user of the
browser's session. The page asks for an MFA code if an administrator needs one.
"""

from __future__ import annotations

import html
import json
import urllib.parse

from .state import State

PATH = "/app/user/verify-token"

CALLBACKS = {
    # The browser loads the callback, which redirects to the success page.
    "redirect": "location.href = base + '?t=' + encodeURIComponent(token);",
    # The page posts only the token.
    "post": "send('', token);",
    # The page posts the token and an MFA code.
    "otp": "send('v2/callbackWithOtp', token ? JSON.stringify({token, otp}) : '');",
}

HEAD = """<!doctype html><meta charset="utf-8"><title>DuploCloud</title>
<link rel="icon" href="data:,">"""

PROMPT = HEAD + """
<p id="prompt">The {app} application on your computer wants to access your Duplo credentials</p>
{otp}
<button id="authorize" onclick="answer({token})">Authorize</button>
<button id="cancel" onclick="answer('')">Cancel</button>
<p id="result"></p>
<script>
const base = "http://localhost:{port}/";
const result = text => document.getElementById("result").textContent = text;
function send(path, body) {{
    fetch(base + path, {{method: "POST", headers: {{"Content-Type": "application/json"}}, body}})
        .then(answer => answer.json()).then(result, error => result("failed: " + error));
}}
function answer(token) {{
    const field = document.getElementById("otp"), otp = field ? field.value : "";
    {callback}
}}
</script>"""

OTP_FIELD = '<label>MFA code <input id="otp" autocomplete="off"></label>'

SUCCESS = HEAD + '<p id="success">Done. You can close this window.</p>'


def answer(state: State, query: str) -> bytes:
    """The page for this query: the prompt or the success page."""
    asked = dict(urllib.parse.parse_qsl(query))
    if asked.get("success") == "true":
        return SUCCESS.encode()
    admin = asked.get("isAdmin") == "true"
    token = state.users[state.login_user].token
    return PROMPT.format(
        app=html.escape(asked.get("localAppName", "")), port=int(asked["localPort"]),
        token=html.escape(json.dumps(token)), callback=CALLBACKS[state.login_callback],
        otp=OTP_FIELD if admin and state.otp_needed else "").encode()
