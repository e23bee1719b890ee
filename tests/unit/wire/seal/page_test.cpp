#include "wire/mail/parts.hpp"
#include "wire/seal/extracted.hpp"
#include "wire/seal/html.hpp"
#include "wire/seal/notification.hpp"
#include "wire/seal/opener.hpp"
#include "wire/seal/sample_facts.hpp"
#include "wire/seal/sealer.hpp"
#include "wire/seal/texts.hpp"

#include <gtest/gtest.h>

namespace sealpost::seal {
namespace {

std::string seal(const Identity& identity, std::string_view text)
{
    Sealer sealer(identity);
    std::string out = sealer.append(text);
    out += sealer.finish();
    return out;
}

std::string make_page(const PageFacts& facts, std::string_view age_file)
{
    ArmorWriter armor;
    std::string page = page_head(facts).value();
    page += armor.append(age_file);
    page += armor.finish();
    return page + page_tail(facts);
}

TEST(EscapeHtml, LeavesNoWayOut)
{
    EXPECT_EQ(escape_html("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    EXPECT_EQ(escape_html(std::string_view("a\0b\x1b\xff\tc\n", 8)),
              "a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD\xEF\xBF\xBD\tc\n");
    EXPECT_EQ(escape_html("é日"), "é日");
    EXPECT_EQ(escape_html("xn--a -----x---------"), "xn--a ----&#45;x----&#45;----");
}

TEST(EnvelopeId, IsNewAndWellFormed)
{
    EXPECT_TRUE(is_envelope_id(make_envelope_id()));
    EXPECT_NE(make_envelope_id(), make_envelope_id());
    for (const char* bad : {"", "abcdefghijklmnopqrstuvwxy", "abcdefghijklmnopqrstuvwxy1", "ABCDEFGHIJKLMNOPQRSTUVWXY2",
                            "abcdefghijklmnopqrstuvwxy22"})
        EXPECT_FALSE(is_envelope_id(bad)) << bad;
}

TEST(ServiceUrl, IsAnHttpsOrigin)
{
    EXPECT_EQ(parse_service_url("https://Keys.Test/").value(), "https://keys.test");
    EXPECT_EQ(parse_service_url("https://keys.test:443").value(), "https://keys.test");
    EXPECT_EQ(parse_service_url("https://keys.test:8443").value(), "https://keys.test:8443");
    for (const char* bad : {"", "http://keys.test", "https://", "https://keys.test/path", "https://u@keys.test",
                            "https://keys.test?x", "https://keys.test:0", "https://keys.test:99999",
                            "https://keys.test; script-src *", "https://keys.test'", "javascript:alert(1)"})
        EXPECT_TRUE(parse_service_url(bad).has_error()) << bad;
}

TEST(Page, HoldsWhatTheSpecificationSaysAndNothingActive)
{
    for (const Language language : {Language::en, Language::fr}) {
        PageFacts facts = sample_facts();
        facts.language = language;
        const std::string page = make_page(facts, seal(make_identity(), "text"));
        for (const char* part :
             {"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src "
              "data:; "
              "form-action https://keys.test:8443\">",
              "<form method=\"post\" enctype=\"multipart/form-data\" action=\"https://keys.test:8443/ingest\">",
              "<textarea name=\"envelope\" hidden", "href=\"https://keys.test:8443/open/abcdefghijklmnopqrstuvwxy2\"",
              "name=\"viewport\"", "prefers-color-scheme:dark", "alice@acme.test", "Acme &lt;&amp; &quot;Sons&quot;&gt;"})
            EXPECT_NE(page.find(part), std::string::npos) << part;
        for (const char* never : {"<script", "javascript:", "onclick", "onload", "password\"", "type=\"text\"", "@import", "url(",
                                  "Sons\">", "http://"})
            EXPECT_EQ(page.find(never), std::string::npos) << never;
    }
}

TEST(Page, SpeaksTheLanguageOfTheRecipient)
{
    PageFacts facts = sample_facts();
    EXPECT_NE(page_tail(facts).find("until 22 February 2027, 08:00 UTC"), std::string::npos);
    facts.language = parse_language("fr-CA");
    EXPECT_NE(page_head(facts).value().find("<html lang=\"fr\">"), std::string::npos);
    EXPECT_NE(page_tail(facts).find("22 février 2027, 08:00 UTC"), std::string::npos);
}

TEST(Page, RefusesFactsThatCouldBreakOut)
{
    PageFacts facts = sample_facts();
    facts.envelope_id = "\"><script>";
    EXPECT_TRUE(page_head(facts).has_error());
    facts = sample_facts();
    facts.service_url = "https://keys.test; script-src *";
    EXPECT_TRUE(page_head(facts).has_error());
    facts = sample_facts();
    for (const char* bad :
         {"data:image/svg+xml;base64,AAAA", "https://acme.test/logo.png", "data:image/png;base64,AA\"onload="}) {
        facts.logo = bad;
        EXPECT_TRUE(page_head(facts).has_error()) << bad;
    }
    facts.logo = "data:image/png;base64,iVBORw0KGgo=";
    EXPECT_TRUE(page_head(facts).has_value());
}

TEST(Page, GivesItsClaimsAndTheSealedPart)
{
    const std::string file = seal(make_identity(), std::string(200'000, 'x'));
    const std::string page = make_page(sample_facts(), file);
    EnvelopeReader reader;
    std::string out = reader.append(page).value();
    out += reader.finish().value();
    EXPECT_TRUE(out == file);
    EXPECT_EQ(reader.kind(), EnvelopeReader::Kind::page);
    EXPECT_EQ(reader.claims().envelope_id, sample_facts().envelope_id);
    EXPECT_EQ(reader.claims().service_url, sample_facts().service_url);
    EXPECT_EQ(reader.claims().organisation, sample_facts().organisation);
    EXPECT_EQ(reader.claims().sender_address, "alice@acme.test");
    EXPECT_EQ(reader.claims().language, "en");
}

TEST(Page, GivesTheLongestAddressThatThereIs)
{
    PageFacts facts = sample_facts();
    facts.sender_address = std::string(64, '&') + "@" + std::string(190, 'a') + ".test";
    EXPECT_EQ(read_claims(page_head(facts).value()).sender_address, facts.sender_address);
}

TEST(Page, IsReadFromItsArmorWhateverTheNamesSay)
{
    PageFacts facts = sample_facts();
    facts.organisation = facts.sender_name = armor_begin;
    const std::string file = seal(make_identity(), "text");
    EnvelopeReader reader;
    EXPECT_TRUE(reader.append(make_page(facts, file)).value() == file);
    EXPECT_EQ(reader.claims().organisation, facts.organisation);
}

TEST(EnvelopeReader, TakesEveryFormInPiecesOfAnySize)
{
    const std::string file = seal(make_identity(), std::string(3000, 'x'));
    ArmorWriter writer;
    std::string armored = writer.append(file);
    armored += writer.finish();
    const std::string page = make_page(sample_facts(), file);
    for (const std::string& upload :
         {file, armored, "\xEF\xBB\xBF" + armored, "\r\n\r\n" + armored, page, "\xEF\xBB\xBF\n" + page}) {
        for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, upload.size()}) {
            EnvelopeReader reader;
            std::string out;
            for (std::size_t at = 0; at < upload.size(); at += size) {
                const auto piece = reader.append(std::string_view(upload).substr(at, size));
                ASSERT_TRUE(piece.has_value()) << piece.error().text;
                out += *piece;
            }
            const auto rest = reader.finish();
            ASSERT_TRUE(rest.has_value()) << rest.error().text << " " << format_kind(reader.kind());
            EXPECT_TRUE(out + *rest == file);
        }
    }
}

TEST(EnvelopeReader, KeepsTheClaimsOfADamagedPage)
{
    std::string page = make_page(sample_facts(), seal(make_identity(), std::string(3000, 'x')));
    page[page.find(armor_begin) + 100] = '?';
    EnvelopeReader reader;
    auto out = reader.append(page);
    if (out.has_value()) out = reader.finish();
    ASSERT_TRUE(out.has_error());
    EXPECT_EQ(out.error().fault, Fault::peer_broke_it);
    EXPECT_EQ(reader.claims().envelope_id, sample_facts().envelope_id);
}

TEST(EnvelopeReader, KeepsTheClaimsOfAPageThatLostItsEnvelope)
{
    const std::string page = make_page(sample_facts(), seal(make_identity(), std::string(3000, 'x')));
    const std::string begun = page.substr(0, page.find(armor_begin));
    for (const std::string& upload : {begun, begun + page_tail(sample_facts())}) {
        EnvelopeReader reader;
        auto out = reader.append(upload);
        if (out.has_value()) out = reader.finish();
        ASSERT_TRUE(out.has_error());
        EXPECT_EQ(reader.claims().envelope_id, sample_facts().envelope_id);
    }
}

TEST(EnvelopeReader, KeepsTheClaimsOfADamagedPageInAMessage)
{
    const std::string page = make_page(sample_facts(), seal(make_identity(), std::string(3000, 'x')));
    for (const std::string& damaged : {page.substr(0, page.find(armor_begin) + 500), page.substr(0, page.find(armor_begin))}) {
        const std::string message = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + damaged;
        EnvelopeReader reader;
        auto out = reader.append(message);
        if (out.has_value()) out = reader.finish();
        ASSERT_TRUE(out.has_error());
        EXPECT_EQ(reader.kind(), EnvelopeReader::Kind::message);
        EXPECT_EQ(reader.claims().envelope_id, sample_facts().envelope_id);
    }
}

TEST(EnvelopeReader, SaysWhatSearchingAMessageMayHold)
{
    EnvelopeReader reader;
    EXPECT_EQ(reader.append("Subject: x\r\n\r\n" + std::string(5000, 'x')).value(), "");
    EXPECT_EQ(reader.held_bytes(), 5014U);
    EXPECT_EQ(reader.held_bytes_at_the_end(), 3 * 5014U);
    EXPECT_EQ(reader.append(std::string(20 * 1024 * 1024, 'x')).value(), "");
    EXPECT_EQ(reader.held_bytes_at_the_end(), 2 * reader.held_bytes() + 16 * 1024 * 1024)
        << "of a large one a copy, and some MiB";
    EnvelopeReader page;
    EXPECT_TRUE(page.append(make_page(sample_facts(), seal(make_identity(), std::string(3000, 'x')))).has_value());
    EXPECT_EQ(page.held_bytes_at_the_end(), page.held_bytes()) << "a page is read as it comes";
}

std::string encode_equals_signs(std::string_view text)
{
    std::string out;
    for (const char c : text) c == '=' ? out += "=3D" : out += c;
    return out;
}

// An encoded message is a copy, and its part another: too much when they are large.
TEST(EnvelopeReader, HoldsNoMoreCopiesOfAMessageThanItSays)
{
    const std::string file = seal(make_identity(), std::string(3000, 'x'));
    const std::string html = "Content-Type: text/html\r\n\r\n" + make_page(sample_facts(), file);
    const std::string padding(20 * 1024 * 1024, 'x');  // of the page, behind its armor
    const std::string around = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    EXPECT_TRUE(extract_age_file(html + padding).value() == file);
    EXPECT_TRUE(extract_age_file(around + encode_equals_signs(html)).value() == file);
    EXPECT_TRUE(extract_age_file(around + encode_equals_signs(html) + padding).has_error());
}

TEST(EnvelopeReader, RefusesWhatIsNoEnvelope)
{
    const std::string file = seal(make_identity(), "text");
    const std::string page = make_page(sample_facts(), file);
    for (const std::string& bad :
         {std::string(), std::string("hello"), std::string("<html><body>no</body></html>"), page.substr(0, page.find(armor_end)),
          file.substr(0, 100), std::string("Subject: x\r\n\r\nnothing here\r\n"),
          std::string("<").append(2'000'000, ' ').append(page)})
        EXPECT_TRUE(extract_age_file(bad).has_error()) << bad.substr(0, 40);
    EnvelopeReader small(100);
    EXPECT_EQ(small.append(file).error().fault, Fault::denied);
}

NotificationFacts sample_notification()
{
    NotificationFacts facts;
    facts.page = sample_facts();
    facts.from = "\"Alice\" <alice@acme.test>";
    facts.to = "bob@partner.test";
    facts.message_domain = "acme.test";
    facts.at = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22));
    return facts;
}

std::string write_notification(NotificationFacts facts, const mail::HeaderBlock& original, std::string_view file)
{
    auto writer = NotificationWriter::make(std::move(facts), original).value();
    std::string out = writer.head();
    for (std::size_t at = 0; at < file.size(); at += 1000) out += writer.append(file.substr(at, 1000));
    out += writer.finish();
    return out;
}

TEST(Notification, CarriesTheThreadAndTheEnvelope)
{
    const Identity identity = make_identity();
    const std::string file = seal(identity, std::string(300'000, 'm'));
    const auto original =
        mail::HeaderBlock::parse(
            "Received: by x\r\nMessage-ID: <1@acme.test>\r\nIn-Reply-To: <0@partner.test>\r\nReferences: <0@partner.test>\r\n"
            "Subject: =?utf-8?q?=C3=89t=C3=A9?=\r\nDate: Sun, 22 Nov 2026 00:00:00 +0100\r\nBcc: x@acme.test\r\n")
            .value();
    const std::string mail = write_notification(sample_notification(), original, file);
    const auto head = mail::HeaderBlock::parse(mail.substr(0, *mail::find_end_of_head(mail))).value();
    EXPECT_EQ(head.find("Message-ID"), "<1@acme.test>");
    EXPECT_EQ(head.find("In-Reply-To"), "<0@partner.test>");
    EXPECT_EQ(head.find("References"), "<0@partner.test>");
    EXPECT_EQ(mail::decode_words(head.find("Subject").value()), "Été");
    EXPECT_EQ(head.find("Date"), "Sun, 22 Nov 2026 00:00:00 +0100");
    EXPECT_EQ(head.find("X-Sealpost-Envelope"), sample_facts().envelope_id);
    EXPECT_EQ(head.find("Bcc"), std::nullopt);
    EXPECT_EQ(head.find("Received"), std::nullopt);

    std::vector<mail::Part> parts;
    ASSERT_TRUE(mail::visit_parts(mail, [&](mail::Part&& part) { return parts.push_back(std::move(part)), true; }).has_value());
    ASSERT_EQ(parts.size(), 3U);
    EXPECT_EQ(parts[0].type, "text/plain");
    EXPECT_NE(parts[0].content.find("https://keys.test:8443/open/abcdefghijklmnopqrstuvwxy2"), std::string::npos);
    EXPECT_EQ(parts[1].type, "text/html");
    EXPECT_EQ(parts[1].content.find("<script"), std::string::npos);
    EXPECT_EQ(parts[2].name, "message.html");
    EXPECT_TRUE(parts[2].is_attachment);

    // The whole mail, forwarded inside another one, still gives the sealed part.
    const std::string forwarded =
        "Subject: Fwd\r\nContent-Type: multipart/mixed; boundary=zz\r\n\r\n--zz\r\n\r\n<see below>\r\n--zz\r\nContent-Type: "
        "message/rfc822\r\n\r\n" +
        mail + "\r\n--zz--\r\n";
    EXPECT_TRUE(extract_age_file(mail).value() == file);
    EXPECT_TRUE(extract_age_file(forwarded).value() == file);
}

TEST(Notification, LinksWhyItIsAnEnvelope)
{
    auto facts = sample_notification();
    const auto bodies_of = [&] {
        std::vector<mail::Part> parts;
        const auto keep = [&](mail::Part&& part) { return parts.push_back(std::move(part)), true; };
        EXPECT_TRUE(mail::visit_parts(write_notification(facts, {}, ""), keep).has_value());
        return std::make_pair(parts.at(0).content, parts.at(1).content);
    };
    const std::string page = "https://keys.test:8443/tls";
    facts.recipient_domain = "partner.test";
    EXPECT_NE(bodies_of().first.find("Why is this an envelope?"), std::string::npos);
    EXPECT_NE(bodies_of().first.find(page + "?domain=partner.test"), std::string::npos);
    EXPECT_NE(bodies_of().second.find("href=\"" + page + "?domain=partner.test\""), std::string::npos);
    facts.page.language = Language::fr;
    EXPECT_NE(bodies_of().second.find("Pourquoi une enveloppe"), std::string::npos);
    for (const char* none : {"", "a&b=c.test", "évil.test"}) {
        facts.recipient_domain = none;
        EXPECT_NE(bodies_of().second.find("href=\"" + page + "\""), std::string::npos) << none;
    }
}

TEST(Notification, HasTheNeutralSubjectThatTheProfileGives)
{
    auto facts = sample_notification();
    facts.neutral_subject = "Une lettre protégée";
    const auto original = mail::HeaderBlock::parse("Subject: secret merger\r\n").value();
    const auto subject_of = [&] {
        const std::string mail = write_notification(facts, original, "");
        return mail::decode_words(
            mail::HeaderBlock::parse(mail.substr(0, *mail::find_end_of_head(mail)))->find("Subject").value());
    };
    EXPECT_EQ(subject_of(), "secret merger");
    facts.subject = SubjectPolicy::neutral;
    EXPECT_EQ(subject_of(), "Une lettre protégée");
}

TEST(Notification, MakesWhatTheOriginalLacks)
{
    auto facts = sample_notification();
    facts.reply_to = "reply@keys.test";
    facts.subject = SubjectPolicy::neutral;
    facts.page.language = Language::fr;
    const auto original = mail::HeaderBlock::parse("Subject: secret merger\r\nReferences: <0@partner.test>\r\n").value();
    const std::string mail = write_notification(facts, original, "");
    const auto head = mail::HeaderBlock::parse(mail.substr(0, *mail::find_end_of_head(mail))).value();
    EXPECT_EQ(mail::decode_words(head.find("Subject").value()), "Message protégé de " + sample_facts().organisation);
    EXPECT_EQ(mail.find("merger"), std::string::npos);
    EXPECT_TRUE(head.find("Message-ID")->ends_with("@acme.test>"));
    EXPECT_EQ(head.find("References"), "<0@partner.test>");
    EXPECT_EQ(head.find("Reply-To"), "reply@keys.test");
    EXPECT_EQ(head.find("Date"), "Sun, 22 Nov 2026 00:00:00 +0000");
}

TEST(Notification, GoesWithoutAttachmentWhenHosted)
{
    auto facts = sample_notification();
    facts.attachment_name.clear();
    const std::string mail = write_notification(facts, {}, seal(make_identity(), "text"));
    int parts = 0, attachments = 0;
    const auto count = [&](mail::Part&& part) {
        ++parts;
        attachments += part.is_attachment;
        return true;
    };
    EXPECT_TRUE(mail::visit_parts(mail, count).has_value());
    EXPECT_EQ(parts, 2);
    EXPECT_EQ(attachments, 0);
    EXPECT_TRUE(extract_age_file(mail).has_error());
}

}  // namespace
}  // namespace sealpost::seal
