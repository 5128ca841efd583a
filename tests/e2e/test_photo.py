"""A photo that a camera held sideways: chosen in a browser, cropped with the keyboard, upright on the badge."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image, ImageOps

from attendees.exports.badges import write_badge
from attendees.models import Attendee
from attendees.services.badges import badge_for
from attendees.services.links import personal_token
from tests.factories import make_attendee, make_event
from tests.support import need, need_browser

pytestmark = [pytest.mark.e2e, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "en", "has_touch": True}


@pytest.fixture(autouse=True)
def _browser_is_there():
    need_browser()


@pytest.fixture
def ada(live_server, builtin_rows, settings, tmp_path):
    settings.BASE_URL, settings.MEDIA_ROOT = live_server.url, tmp_path / "media"
    return make_attendee(make_event())


@pytest.fixture
def sideways(sample_data):
    """1800 by 1200 in the file, 1200 by 1800 when it is turned upright: sky above, ground below."""
    source = sample_data / "images_exif" / "Portrait_6.jpg"
    need(source.exists(), "Portrait_6.jpg is not among the sample files")
    return source


@pytest.fixture
def opened(live_server, ada, open_browser):
    page, heard = open_browser(**PHONE)
    page.goto(f"{live_server.url}/attendee/personal/{personal_token(ada)}")
    page.get_by_role("link", name="My photo").click()
    return page, heard


def crop_of(page):
    return {name: float(page.locator(f"input[name=crop_{name}]").input_value()) for name in "xywh"}


def photo_on_badge(attendee) -> Image.Image:
    """The picture as a printer would draw it: the badge's page is rendered, its photo found by the size it was placed at."""
    out = io.BytesIO()
    assert write_badge(badge_for(attendee), out) == []
    page = pypdfium2.PdfDocument(out.getvalue())[0]
    photo = max(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]), key=colours)
    scale = 4
    left, bottom, right, top = photo.get_bounds()
    whole = page.render(scale=scale).to_pil().convert("RGB")
    return whole.crop((round(left * scale), round(whole.height - top * scale), round(right * scale), round(whole.height - bottom * scale)))


def colours(thing) -> int:
    """The code beside it is black and white."""
    found = thing.get_bitmap().to_pil().convert("RGB").resize((40, 40)).getcolors(1600)
    return len(found or [])


def unlike(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart, in grey steps a pixel of a small copy."""
    first, second = (image.convert("L").resize((12, 12)).tobytes() for image in (one, other))
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


def expected(source, crop) -> Image.Image:
    upright = ImageOps.exif_transpose(Image.open(source))
    assert upright.size == (1200, 1800)
    return upright.crop((round(crop["x"]), round(crop["y"]), round(crop["x"] + crop["w"]), round(crop["y"] + crop["h"])))


def test_a_sideways_photo_cropped_with_the_keyboard_is_upright_on_the_badge(ada, sideways, opened):
    page, heard = opened
    page.locator("input[type=file]").set_input_files(sideways)
    stage = page.locator("[data-crop-stage]")
    stage.wait_for()
    whole = crop_of(page)
    assert (whole["w"], whole["h"]) == (1200, 1200)  # the browser shows it upright, and the square is counted there

    page.locator("input[type=file]").focus()
    page.keyboard.press("Tab")
    assert stage.evaluate("element => element === document.activeElement")
    for key in ["+"] * 4 + ["ArrowUp"] * 40 + ["ArrowDown"] * 3 + ["ArrowLeft"] * 2 + ["-"]:
        page.keyboard.press(key)
    crop = crop_of(page)
    assert crop["w"] == crop["h"] < whole["w"]
    assert crop["y"] > whole["y"]
    for _ in range(6):
        if page.evaluate("document.activeElement.textContent").strip() == "Keep this photo":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Your photo is saved.").wait_for()

    ada = Attendee.objects.get()
    wanted = expected(sideways, crop)
    assert unlike(Image.open(ada.photo.path), wanted) < 3
    printed = photo_on_badge(ada)
    framed = ImageOps.fit(wanted, printed.size, centering=(0.5, 0.4))
    assert unlike(printed, framed) < 6
    assert min(unlike(printed.rotate(turn), framed) for turn in (90, 180, 270)) > 15
    assert heard.take() == []


def test_mouse_wheel_slider_and_two_fingers_choose_the_square(ada, sideways, opened):
    page, heard = opened
    page.locator("input[type=file]").set_input_files(sideways)
    stage = page.locator("[data-crop-stage]")
    stage.scroll_into_view_if_needed()
    area = stage.bounding_box()
    middle = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    before = crop_of(page)

    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0], middle[1] - area["height"] / 4)
    page.mouse.up()
    dragged = crop_of(page)
    assert dragged["y"] == pytest.approx(before["y"] + 300, abs=2)
    page.mouse.wheel(0, -100)
    page.wait_for_function("Number(document.querySelector('[name=crop_w]').value) < 1150")

    page.get_by_label("Zoom").fill("50")
    assert crop_of(page)["w"] == pytest.approx(400, abs=1)

    pinch(page, stage.bounding_box())
    assert crop_of(page)["w"] == pytest.approx(400 / 1.5, rel=0.2)
    assert heard.take() == []


def pinch(page, area):
    """Two fingers that move apart by half."""
    screen = page.context.new_cdp_session(page)
    for kind, parts in (("touchStart", (0.3, 0.7)), ("touchMove", (0.2, 0.8)), ("touchEnd", ())):
        points = [{"x": area["x"] + area["width"] * part, "y": area["y"] + area["height"] / 2, "id": n} for n, part in enumerate(parts)]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_without_javascript_the_middle_of_the_upright_picture_is_kept(live_server, ada, sideways, open_browser):
    page, _heard = open_browser(java_script_enabled=False, **PHONE)
    page.goto(f"{live_server.url}/attendee/personal/{personal_token(ada)}")
    page.get_by_role("link", name="My photo").click()
    page.locator("input[type=file]").set_input_files(sideways)
    page.get_by_role("button", name="Keep this photo").click()
    page.get_by_text("Your photo is saved.").wait_for()

    kept = Image.open(Attendee.objects.get().photo.path)
    assert unlike(kept, expected(sideways, {"x": 0, "y": 240, "w": 1200, "h": 1200})) < 3
