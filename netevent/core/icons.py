"""Our own small drawings, on a 24-unit grid, drawn with the text's colour."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

ICONS = {
    "arrow-left": "M19 12H5m6-6-6 6 6 6",
    "arrow-right": "M5 12h14m-6-6 6 6-6 6",
    "badge": (
        "M6 4h12a2 2 0 0 1 2 2v13a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM10 4V2.5h4V4"
        "M9.5 11a2.5 2.5 0 1 0 5 0 2.5 2.5 0 0 0-5 0zM8 18c.6-2 2-3 4-3s3.4 1 4 3"
    ),
    "bell": "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4",
    "calendar": (
        "M5 5.5h14a1.5 1.5 0 0 1 1.5 1.5v12a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 19V7A1.5 1.5 0 0 1 5 5.5zM3.5 10h17M8 3v4M16 3v4"
    ),
    "camera": (
        "M4 7.5h3.5L9 5h6l1.5 2.5H20A1.5 1.5 0 0 1 21.5 9v9A1.5 1.5 0 0 1 20 19.5H4A1.5 1.5 0 0 1 2.5 "
        "18V9A1.5 1.5 0 0 1 4 7.5zM8.5 13a3.5 3.5 0 1 0 7 0 3.5 3.5 0 0 0-7 0z"
    ),
    "check": "m5 12.5 4.5 4.5L19.5 7",
    "check-circle": "M3.5 12a8.5 8.5 0 1 0 17 0 8.5 8.5 0 0 0-17 0zm4.7.4 2.6 2.6 5-5.4",
    "chevron-down": "m6 9.5 6 6 6-6",
    "chevron-left": "m14.5 6-6 6 6 6",
    "chevron-right": "m9.5 6 6 6-6 6",
    "chevron-up": "m6 15 6-6 6 6",
    "clock": "M3.5 12a8.5 8.5 0 1 0 17 0 8.5 8.5 0 0 0-17 0zM12 7.5V12l3 2",
    "close": "m6 6 12 12M18 6 6 18",
    "copy": ("M9 8.5h9.5a1 1 0 0 1 1 1V20a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V9.5a1 1 0 0 1 1-1zM5 15.5H4.5V4a1 1 0 0 1 1-1H16v.5"),
    "download": "M12 4v11m-4.5-4.5L12 15l4.5-4.5M4.5 19.5h15",
    "edit": "m14 6 4 4L8.5 19.5H4.5v-4zM14 6l2-2 4 4-2 2",
    "external": "M13.5 4.5h6v6M19.5 4.5 11 13M18 14v4.5a1 1 0 0 1-1 1H5.5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1H10",
    "filter": "M4 6.5h16M7 12h10M10 17.5h4",
    "globe": ("M3.5 12a8.5 8.5 0 1 0 17 0 8.5 8.5 0 0 0-17 0zm.3-1.5h16.4M3.800 14h16.4M12 3.5c-5 5-5 12 0 17 5-5 5-12 0-17z"),
    "home": "m3.5 11.5 8.5-7.5 8.5 7.5M6 9.5V20h12V9.5M10 20v-5.5h4V20",
    "info": "M3.5 12a8.5 8.5 0 1 0 17 0 8.5 8.5 0 0 0-17 0zM12 11v5.5M12 7.6v.3",
    "key": "M4 15.5a4 4 0 1 0 8 0 4 4 0 0 0-8 0zm6.900-2.800L20 4m-3.5 3.5L19 10",
    "list": "M9 6.5h11M9 12h11M9 17.5h11M4.5 6.5h.1M4.5 12h.1M4.5 17.5h.1",
    "lock": "M6 10.5h12a1 1 0 0 1 1 1V20H5v-8.5a1 1 0 0 1 1-1zM8 10.5V8a4 4 0 0 1 8 0v2.5",
    "mail": "M4 5.5h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1zm-.7 1.5L12 13l8.7-6",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "minus": "M5.5 12h13",
    "money": (
        "M4 6.5h16a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1z"
        "M9.5 12a2.5 2.5 0 1 0 5 0 2.5 2.5 0 0 0-5 0zM6.5 12h.1M17.5 12h.1"
    ),
    "moon": "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
    "people": (
        "M5.5 8.5a3 3 0 1 0 6 0 3 3 0 0 0-6 0zM2.5 19c.5-3.5 2.6-5.5 6-5.5s5.5 2 6 5.5M15 5.800a3 3 0 0 1 0 5.4M17 14c2.5.6 4 2.300 4.5 5"
    ),
    "person": "M8.5 8a3.5 3.5 0 1 0 7 0 3.5 3.5 0 0 0-7 0zM5 20c.5-4 3-6 7-6s6.5 2 7 6",
    "phone": ("M8 2.5h8a1.5 1.5 0 0 1 1.5 1.5v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 8 2.5zM11 18.5h2"),
    "pin": "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11zM9.5 10a2.5 2.5 0 1 0 5 0 2.5 2.5 0 0 0-5 0z",
    "plus": "M12 5.5v13M5.5 12h13",
    "print": "M7 8.5V3.5h10v5M7 17H4V9.5a1 1 0 0 1 1-1h14a1 1 0 0 1 1 1V17h-3M7 14h10v6.5H7z",
    "qr": "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5M20 14v.1M14 20v-.1M17.5 20H20v-2.5",
    "refresh": "M19.5 8A8.5 8.5 0 1 0 20.5 13M20 3.5V8h-4.5",
    "search": "M4 10.5a6.5 6.5 0 1 0 13 0 6.5 6.5 0 0 0-13 0zm11.200 4.7 5.300 5.300",
    "settings": "M4 7h9m4 0h3M4 17h3m4 0h9M13 7a2 2 0 1 0 4 0 2 2 0 0 0-4 0zM7 17a2 2 0 1 0 4 0 2 2 0 0 0-4 0z",
    "share": "M12 15V3.5M8 7l4-4 4 4M6 11H5v9.5h14V11h-1",
    "sign-out": "M10 4.5H5.5v15H10M9.5 12h11m-4-4 4 4-4 4",
    "star": "m12 3.5 2.6 5.4 5.900.8-4.300 4.100 1.100 5.900L12 16.800l-5.300 2.900 1.100-5.900L3.5 9.7l5.900-.8z",
    "sun": (
        "M8 12a4 4 0 1 0 8 0 4 4 0 0 0-8 0zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.300 5.300l1.4 1.4"
        "M17.300 17.300l1.4 1.4M5.300 18.7l1.4-1.4M17.300 6.7l1.4-1.4"
    ),
    "tag": "M4 4.5h7.5l8.5 8.5-7 7L4.5 11.5zM8 8.4v.1",
    "ticket": "M3.5 6.5h17V10a2 2 0 0 0 0 4v3.5h-17V14a2 2 0 0 0 0-4zM14.5 7v2M14.5 11v2M14.5 15v2",
    "trash": "M4.5 7h15M9 7V4.5h6V7M6.5 7l.8 13h9.4l.8-13M10 11v5.5M14 11v5.5",
    "undo": "M8.5 5 4.5 9l4 4M5 9h9a5.5 5.5 0 0 1 0 11h-3",
    "upload": "M12 15V4m-4.5 4.5L12 4l4.5 4.5M4.5 19.5h15",
    "warning": "M12 4 2.800 19.5h18.4zM12 10v4.5M12 16.900v.2",
}


def icon_svg(name: str, label: str = "") -> SafeString:
    """The drawing as inline SVG; silent for screen readers unless it has a label of its own.

    Raises:
        KeyError: there is no such drawing.
    """
    meaning = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" width="24" height="24" focusable="false" {}><path d="{}"/></svg>',
        meaning,
        ICONS[name],
    )
