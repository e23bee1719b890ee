// Attachments that are damaged beyond reading, of envelopes that have a hosted copy.
#include "serve/reader/reader_world.hpp"

#include "wire/seal/page.hpp"

namespace sealpost::test {
namespace {

using http::Method;

class Healing : public ReaderWorld {
protected:
    [[nodiscard]] std::string broken_armor() const
    {
        std::string text = armor(age_file_);
        text[text.size() / 2] = '?';
        return text;
    }

    [[nodiscard]] std::string page_around(const std::string& armored) const
    {
        seal::PageFacts facts;
        facts.envelope_id = id_;
        facts.service_url = "https://keys.test";
        facts.organisation = "Acme Ltd";
        facts.sender_address = "alice@acme.test";
        return seal::page_head(facts).value() + armored + seal::page_tail(facts);
    }

    // As the attachment's own form does it.
    Answer post_form(const std::string& id, const std::string& envelope)
    {
        Client browser;
        browser.origin = "null";
        const std::string field = "--b\r\nContent-Disposition: form-data; name=\"";
        const std::string form = field + "id\"\r\n\r\n" + id + "\r\n" + field + "envelope\"\r\n\r\n" + envelope + "\r\n" + field +
                                 "other\"\r\n\r\nx\r\n--b--\r\n";
        return ask(browser, {Method::post, "/ingest", form, "multipart/form-data; boundary=b"});
    }

    void expect_healed(const Answer& answer)
    {
        ASSERT_EQ(answer.status, 201) << answer.body;
        Client nobody;
        const std::string ref = answer.text("ticket");
        const auto what = get(nobody, "/api/v1/open/" + ref).object();
        EXPECT_EQ(what.at("id").as_string(), id_);
        EXPECT_TRUE(what.at("damaged").as_bool());
        EXPECT_TRUE(what.at("healed").as_bool());
        EXPECT_EQ(get(nobody, "/api/v1/open/" + ref + "/content").body, age_file_);
    }
};

TEST_F(Healing, TakesTheClaimOfTheFormWhenTheArmorIsBroken)
{
    store(true);
    expect_healed(post_form(id_, broken_armor()));
    expect_healed(post_form(" " + id_ + "\r\n", broken_armor()));
    expect_healed(post_form(id_, armor(age_file_).substr(0, 5000)));
    expect_healed(post_form(id_, ""));
}

TEST_F(Healing, TakesTheClaimOfTheFormWhenTheFileIsAnother)
{
    store(true);
    std::string damaged = age_file_;
    damaged[damaged.size() - 5] = static_cast<char>(damaged[damaged.size() - 5] ^ 1);
    expect_healed(post_form(id_, armor(damaged)));
}

TEST_F(Healing, TakesTheClaimOfAPageWhoseArmorIsBrokenOrGone)
{
    store(true);
    expect_healed(ingest(page_around(broken_armor())));
    expect_healed(ingest(page_around("")));
    expect_healed(ingest("MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + page_around("")));
}

TEST_F(Healing, LeadsTheBrowserOfAFormToTheMessage)
{
    store(true);
    const Answer answer = ingest(page_around(broken_armor()), "null", "text/html");
    EXPECT_EQ(answer.status, 303);
}

TEST_F(Healing, NeedsAHostedCopy)
{
    store(false);
    EXPECT_EQ(post_form(id_, broken_armor()).problem(), "not-an-envelope");
}

TEST_F(Healing, NeedsAnEnvelopeThatIsKnown)
{
    EXPECT_EQ(post_form(id_, broken_armor()).problem(), "not-an-envelope");
    store(true);
    EXPECT_EQ(post_form(keys::make_envelope_id().value(), broken_armor()).problem(), "not-an-envelope");
    EXPECT_EQ(post_form(std::string(1'000'000, 'a'), broken_armor()).problem(), "not-an-envelope");
    EXPECT_EQ(post_form(id_ + id_, broken_armor()).problem(), "not-an-envelope");
}

TEST_F(Healing, LeavesAWholeEnvelopeWithAWrongClaimAlone)
{
    store(true);
    Client nobody;
    const auto answer = post_form(keys::make_envelope_id().value(), armor(age_file_));
    const auto what = get(nobody, "/api/v1/open/" + answer.text("ticket")).object();
    EXPECT_EQ(what.at("id").as_string(), id_);
    EXPECT_FALSE(what.at("damaged").as_bool());
}

}  // namespace
}  // namespace sealpost::test
