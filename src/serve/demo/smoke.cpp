#include "serve/demo/smoke.hpp"

#include "serve/demo/story.hpp"
#include "sys/crypto/random.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace sealpost::demo {
namespace json = boost::json;
namespace {

constexpr std::size_t attachment_bytes = 300 * 1000;  // several pieces of everything

std::string make_attachment() { return std::string(as_text(crypto::random_bytes(attachment_bytes))); }

// The play in steps; what one leaves for the next stands in the members.
class Smoke {
public:
    Smoke(World& world, const SmokeOptions& options, std::unique_ptr<Story> story, std::function<void(const SmokeStep&)> tell)
        : world_(world),
          options_(options),
          story_(std::move(story)),
          tell_(std::move(tell)),
          bob_(story_->new_browser()),
          alice_(story_->new_browser()),
          administrator_(story_->new_browser())
    {
    }

    bool play()
    {
        return step("Alice sends a message with [secure] in its subject", [&] { return send(); }) &&
               step("Bob gets a notification, and the text of the message is not in it", [&] { return notified(); }) &&
               step("Bob proves his address and opens the envelope by its attachment", [&] { return open(); }) &&
               step("TLS replies off: Alice gets Bob's reply as an envelope", [&] { return reply_sealed("envelope off"); }) &&
               step("acme's gateway passes the domain test, TLS replies are switched on", [&] { return switch_on(); }) &&
               step("TLS replies on: Alice gets Bob's reply in clear form over verified TLS", [&] { return reply_clear(); }) &&
               step("partner.test names the service in its SPF record: the reply left under Bob's own address",
                    [&] { return left_as_bob(); }) &&
               step("self-signed certificate, choice envelope: the reply comes as an envelope",
                    [&] { return fail_to_envelope(); }) &&
               step("self-signed certificate, choice hold: the reply is kept at the service",
                    [&] { return fail_to("hold", "held"); }) &&
               step("self-signed certificate, choice bounce: the reply is given up",
                    [&] { return fail_to("bounce", "bounced"); }) &&
               step("nothing more has reached Alice", [&] { return nothing_more(); });
    }

private:
    bool step(const char* what, const std::function<Result<>()>& act)
    {
        const auto done = act();
        tell_({what, done.has_error() ? std::optional(done.error().text) : std::nullopt});
        return done.has_value();
    }

    static Result<> expect(bool condition, const std::string& otherwise)
    {
        if (condition) return {};
        return Error{Fault::peer_broke_it, otherwise};
    }

    Result<> send()
    {
        sent_ = make_attachment();
        return story_->send_as_alice("[secure] Contract", sent_);
    }

    Result<> notified()
    {
        SEALPOST_TRY(notification_, story_->wait_for_mail(bob));
        SEALPOST_TRY(auto raw, world_.mailboxes().read(notification_));
        SEALPOST_CHECK(expect(notification_.has_page, "no envelope page is attached"));
        return expect(raw.find("here is the contract") == std::string::npos, "the message left in clear form");
    }

    Result<> open()
    {
        SEALPOST_TRY(auto opened, story_->open_envelope(bob_, notification_, bob));
        ref_ = opened.ref;
        SEALPOST_CHECK(expect(opened.letter.attachment == sent_, "the attachment is not what Alice sent"));
        return expect(opened.letter.from.find(alice) != std::string::npos, "the message is not from Alice");
    }

    Result<> reply_sealed(const std::string& situation)
    {
        const std::string attachment = make_attachment();
        SEALPOST_CHECK(story_->reply(bob_, ref_, attachment));
        SEALPOST_TRY(auto mail, story_->wait_for_mail(alice));
        SEALPOST_CHECK(expect(mail.has_page, situation + ": the reply came in clear form"));
        SEALPOST_TRY(auto opened, story_->open_envelope(alice_, mail, alice));
        return expect(opened.letter.attachment == attachment, situation + ": the attachment is not what Bob sent");
    }

    Result<> switch_on()
    {
        if (options_.break_certificate) SEALPOST_CHECK(world_.present_certificate(true));
        SEALPOST_CHECK(story_->sign_in_administrator(administrator_));
        return story_->switch_tls_replies(administrator_, true, "envelope");
    }

    Result<> reply_clear()
    {
        const std::string attachment = make_attachment();
        SEALPOST_TRY(auto known, story_->list_deliveries(administrator_));
        SEALPOST_CHECK(story_->reply(bob_, ref_, attachment));
        SEALPOST_TRY(auto mail, story_->wait_for_mail(alice));
        SEALPOST_CHECK(expect(!mail.has_page, "the reply came as an envelope"));
        SEALPOST_TRY(auto letter, story_->read_letter(mail));
        SEALPOST_CHECK(expect(letter.attachment == attachment, "the attachment is not what Bob sent"));
        SEALPOST_TRY(delivery_, story_->wait_for_delivery(administrator_, known));
        clear_from_ = letter.from;
        const auto* tls = delivery_.at("tls").if_object();
        return expect(tls && tls->at("verified").as_bool(),
                      "the delivery was not over verified TLS: " + json::serialize(delivery_));
    }

    Result<> left_as_bob()
    {
        SEALPOST_CHECK(expect(clear_from_ == bob, "it is from " + clear_from_));
        return expect(delivery_.at("sent_as").as_string() == "person",
                      "the service does not say so: " + json::serialize(delivery_));
    }

    Result<> fail_to_envelope()
    {
        SEALPOST_CHECK(world_.present_certificate(true));
        return reply_sealed("self-signed certificate");
    }

    Result<> fail_to(const std::string& choice, std::string_view state)
    {
        SEALPOST_CHECK(world_.present_certificate(false));
        SEALPOST_CHECK(story_->switch_tls_replies(administrator_, true, choice));
        SEALPOST_CHECK(world_.present_certificate(true));
        SEALPOST_TRY(auto known, story_->list_deliveries(administrator_));
        SEALPOST_CHECK(story_->reply(bob_, ref_, make_attachment()));
        SEALPOST_TRY(auto delivery, story_->wait_for_delivery(administrator_, known));
        return expect(delivery.at("state").as_string() == state,
                      "the delivery is not " + std::string(state) + ": " + json::serialize(delivery));
    }

    Result<> nothing_more()
    {
        const auto mails = world_.mailboxes().list(std::string(alice));
        // two envelopes with the reply, one code for Alice, one reply in clear form
        return expect(mails.size() == 4, "Alice has " + std::to_string(mails.size()) + " messages instead of 4");
    }

    World& world_;
    SmokeOptions options_;
    std::unique_ptr<Story> story_;
    std::function<void(const SmokeStep&)> tell_;
    Browser bob_;
    Browser alice_;
    Browser administrator_;
    std::string sent_;
    StoredMail notification_;
    std::string ref_;
    json::object delivery_;   // of the reply in clear form …
    std::string clear_from_;  // … and its From
};

}  // namespace

bool play_smoke(World& world, const SmokeOptions& options, std::function<void(const SmokeStep&)> tell)
{
    auto story = Story::begin(world);
    if (story.has_error()) {
        tell({"The story begins", story.error().text});
        return false;
    }
    return Smoke(world, options, std::move(*story), std::move(tell)).play();
}

}  // namespace sealpost::demo
