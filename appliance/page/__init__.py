"""Shown to: a reader of status and reports, and nothing else.

Everything comes from two places under the data folder: `status.json`, which the engine replaces a few times a second,
and `reports/`.  No device is touched, nothing is written, and every route answers GET and HEAD only.

`app` builds the Flask application, `serve` runs it; `status_file` and `reports` read; `screen`, `chart`, `lasting`,
`report_view`, `report_trace` and `words` are pure and decide what is shown; `live` tells a waiting phone that something
changed.
"""
