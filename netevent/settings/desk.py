"""How the desk looks: unfold's settings. What depends on the person is a function of `netevent.admin`."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "NetEvent",
    "SITE_HEADER": "NetEvent",
    "SITE_ICON": "netevent.admin.mark",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "netevent.admin.mark"}],
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,  # a button of the page itself leads there
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "LANGUAGES": {"navigation": "netevent.admin.languages", "action": "/language"},
    "ACCOUNT": {"navigation": "netevent.admin.account_links"},
    "DASHBOARD_CALLBACK": "netevent.admin.start_page",
    "STYLES": ["netevent.admin.styles"],
    "BORDER_RADIUS": "8px",
    # The product's accent (tokens.css), in the steps that the theme asks for.
    "COLORS": {
        "base": {
            "50": "oklch(98.4% .004 250)",
            "100": "oklch(96.2% .006 250)",
            "200": "oklch(91% .008 250)",
            "300": "oklch(86% .012 250)",
            "400": "oklch(70% .016 252)",
            "500": "oklch(52% .02 252)",
            "600": "oklch(43% .02 252)",
            "700": "oklch(35% .02 255)",
            "800": "oklch(26% .018 255)",
            "900": "oklch(20.5% .014 255)",
            "950": "oklch(14% .012 255)",
        },
        "primary": {
            "50": "oklch(97% .014 220)",
            "100": "oklch(94% .028 220)",
            "200": "oklch(88% .05 220)",
            "300": "oklch(81% .075 218)",
            "400": "oklch(76% .085 218)",
            "500": "oklch(68% .09 218)",
            "600": "oklch(44.5% .079 222)",
            "700": "oklch(39% .072 222)",
            "800": "oklch(33% .06 223)",
            "900": "oklch(28% .05 224)",
            "950": "oklch(21% .036 225)",
        },
    },
    # The library's own search walks every match; ours is to be limited and permission-checked.
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {"show_search": False, "command_search": False, "show_all_applications": False, "navigation": "netevent.admin.navigation"},
}
