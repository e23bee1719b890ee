#include "serve/replies/undelivered_notes.hpp"

#include "core/queue/answering.hpp"
#include "serve/replies/replies_world.hpp"
#include "wire/mail/parts.hpp"

#include <fstream>
#include <iterator>

namespace sealpost::replies {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = queue::RecipientOutcome::Kind;

// Whoever delivers what the notes stand before.
class Next final : public queue::Deliverer {
public:
    explicit Next(std::shared_ptr<std::vector<queue::MessageId>> came) : came_(std::move(came)) {}
    Task<queue::Report> deliver(queue::DueMessage message) override
    {
        came_->push_back(message.id);
        co_return queue::retry_all(message, "4.4.1", "nobody is there");
    }

private:
    std::shared_ptr<std::vector<queue::MessageId>> came_;
};

class UndeliveredNotesTest : public RepliesWorld {
protected:
    struct Note {
        queue::DueMessage due;
        std::string text;
        std::string words;  // of its parts, decoded; lines joined
    };

    MessageFacts facts() const { return {answered_.value(), "bob@partner.test", "reply", "Re: The contract", "r1@keys.test"}; }

    queue::MessageId queue_reply(std::vector<std::string> to, const MessageFacts& facts,
                                 std::optional<queue::BouncePlan> plan = std::nullopt)
    {
        queue::NewMessage message = queue::make_message(std::move(to), "noreply@keys.test");
        message.lane = queue::reply_lane;
        message.facts = format_message_facts(facts);
        message.plan = std::move(plan);
        return accept_and_claim(std::move(message));
    }
    queue::MessageId queue_reply(std::vector<std::string> to) { return queue_reply(std::move(to), facts()); }

    queue::MessageId accept_and_claim(queue::NewMessage message)
    {
        const auto id = accept(std::move(message));
        EXPECT_EQ(claim().size(), 1U);
        return id;
    }

    static queue::RecipientOutcome fail(int index, std::string text = "550 5.1.1 nobody", std::string code = "5.1.1")
    {
        auto failed = queue::outcome(index, Kind::failed, std::move(text));
        failed.enhanced_code = std::move(code);
        return failed;
    }
    // A reply that was given up; its bounce is claimed.
    queue::DueMessage bounce_of(queue::MessageId message, std::vector<queue::RecipientOutcome> outcomes)
    {
        settle(message, queue::report_of(std::move(outcomes)));
        return claim_bounce();
    }
    queue::DueMessage claim_bounce()
    {
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        EXPECT_EQ(due.at(0).lane, queue::bounce_lane);
        return due.at(0);
    }

    queue::Report deliver(queue::DueMessage message)
    {
        UndeliveredNotes::Parts parts;
        parts.next = std::make_unique<Next>(came_);
        parts.queue = queue_;
        parts.people = people_;
        parts.keys = keys_;
        parts.clock = &clock_;
        parts.sender = "noreply@keys.test";
        parts.service_name = "keys.test";
        parts.service_url = "https://keys.test";
        parts.log = log_;
        UndeliveredNotes notes(std::move(parts));
        return wait_for(notes.deliver(std::move(message)));
    }

    std::vector<Note> take_notes()
    {
        std::vector<Note> notes;
        for (auto& due : claim()) {
            EXPECT_EQ(due.facts, R"({"kind":"undelivered"})");
            Note note{due, read(due.content), ""};
            const auto visited = mail::visit_parts(note.text, [&](mail::Part&& part) {
                note.words += part.content;
                return true;
            });
            EXPECT_TRUE(visited.has_value());
            std::replace(note.words.begin(), note.words.end(), '\n', ' ');
            notes.push_back(std::move(note));
        }
        return notes;
    }
    Note take_note()
    {
        auto notes = take_notes();
        EXPECT_EQ(notes.size(), 1U);
        return notes.empty() ? Note() : std::move(notes.front());
    }

    log::Log log_ = log::Log::silent();
    std::shared_ptr<std::vector<queue::MessageId>> came_ = std::make_shared<std::vector<queue::MessageId>>();
};

TEST_F(UndeliveredNotesTest, TellTheWriterWhoDoesNotGetAReplyAndWhyAndQuoteNothing)
{
    const auto reply = queue_reply({"alice@acme.test", "carol@acme.test"});
    clock_.advance(1h);
    const auto bounce = bounce_of(reply, {queue::outcome(0, Kind::delivered), fail(1)});
    ASSERT_EQ(bounce.recipients.at(0).address, "noreply@keys.test");
    const auto report = deliver(bounce);
    EXPECT_EQ(report.outcomes.at(0).text, "nobody is there") << "the bounce goes on";
    const auto [due, text, words] = take_note();
    EXPECT_EQ(due.lane, queue::service_notification_lane);
    EXPECT_EQ(due.sender, "");
    EXPECT_EQ(due.recipients.at(0).address, "bob@partner.test");
    EXPECT_THAT(text, HasSubstr("From: noreply@keys.test\r\nTo: bob@partner.test\r\n"));
    EXPECT_THAT(text, HasSubstr("In-Reply-To: <r1@keys.test>\r\n"));
    EXPECT_THAT(text, HasSubstr("Auto-Submitted: auto-generated\r\n"));
    EXPECT_THAT(words, HasSubstr("message of 22 November 2026, 08:00 UTC could not be delivered to:"));
    EXPECT_THAT(words, HasSubstr("carol@acme.test: 550 5.1.1 nobody"));
    EXPECT_THAT(words, HasSubstr("https://keys.test/open"));
    for (const auto& all : {text, words}) {
        EXPECT_THAT(all, Not(HasSubstr("contract")));
        EXPECT_THAT(all, Not(HasSubstr("secret")));
        EXPECT_THAT(all, Not(HasSubstr("alice@acme.test"))) << "who got it";
    }
}

TEST_F(UndeliveredNotesTest, AreOfThoseRecipientsThatTheirBounceIsAbout)
{
    const auto reply = queue_reply({"alice@acme.test", "carol@acme.test"});
    auto bounce = bounce_of(reply, {fail(0), queue::outcome(1, Kind::retry)});
    deliver(bounce);
    EXPECT_THAT(take_note().words, Not(HasSubstr("carol@acme.test")));
    settle(bounce.id, queue::report_of({queue::outcome(0, Kind::delivered)}));
    clock_.advance(61s);
    ASSERT_EQ(claim().size(), 1U);
    bounce = bounce_of(reply, {fail(1)});
    deliver(bounce);
    const auto words = take_note().words;
    EXPECT_THAT(words, HasSubstr("carol@acme.test"));
    EXPECT_THAT(words, Not(HasSubstr("alice@acme.test")));
}

TEST_F(UndeliveredNotesTest, SayNothingOfADelay)
{
    queue::BouncePlan plan;
    plan.delay_warning_after = 1h;
    const auto reply = queue_reply({"alice@acme.test"}, facts(), plan);
    clock_.advance(2h);
    deliver(bounce_of(reply, {queue::outcome(0, Kind::retry)}));
    EXPECT_THAT(take_notes(), IsEmpty());
    EXPECT_EQ(came_->size(), 1U);
}

TEST_F(UndeliveredNotesTest, SayNothingOfADelayOfAnotherWhoHasAnEarlierBounce)
{
    queue::BouncePlan plan;
    plan.delay_warning_after = 1h;
    const auto reply = queue_reply({"alice@acme.test", "carol@acme.test"}, facts(), plan);
    const auto bounce = bounce_of(reply, {fail(0), queue::outcome(1, Kind::retry)});
    settle(bounce.id, queue::report_of({queue::outcome(0, Kind::delivered)}));
    clock_.advance(2h);
    ASSERT_EQ(claim().size(), 1U);
    deliver(bounce_of(reply, {queue::outcome(1, Kind::retry)}));
    EXPECT_THAT(take_notes(), IsEmpty());
    EXPECT_EQ(came_->size(), 1U);
}

TEST_F(UndeliveredNotesTest, AreMadeAlsoWhenTheClockWasSetBackSince)
{
    const auto reply = queue_reply({"alice@acme.test", "carol@acme.test", "dave@acme.test"});
    const auto first = bounce_of(reply, {fail(0), queue::outcome(1, Kind::retry), queue::outcome(2, Kind::delivered)});
    settle(first.id, queue::report_of({queue::outcome(0, Kind::delivered)}));
    clock_.advance(3h);
    ASSERT_EQ(claim().size(), 1U);
    const auto bounce = bounce_of(reply, {fail(1)});
    clock_.advance(-2h);
    ASSERT_TRUE(wait_for(queue_->erase_old_history()).has_value());
    ASSERT_EQ(test::value_of(queue_->track(reply))->recipients.at(1).finished_at, clock_.now()) << "the history is pulled back";
    deliver(bounce);
    const auto words = take_note().words;
    EXPECT_THAT(words, HasSubstr("carol@acme.test: 550 5.1.1 nobody"));
    EXPECT_THAT(words, Not(HasSubstr("alice@acme.test"))) << "who has another bounce";
    EXPECT_THAT(words, Not(HasSubstr("dave@acme.test"))) << "who got it";
}

// A delay of carol, whose bounce waits while alice fails, whom nobody wanted to be told of.
TEST_F(UndeliveredNotesTest, LogThatNobodyIsToldWhereNoBounceIsOfAFailure)
{
    queue::BouncePlan plan;
    plan.delay_warning_after = 1h;
    queue::NewMessage message = queue::make_message({"alice@acme.test", "carol@acme.test"}, "noreply@keys.test");
    message.lane = queue::reply_lane;
    message.facts = format_message_facts(facts());
    message.plan = plan;
    message.recipients.at(0).notify = "NEVER";
    const auto reply = accept_and_claim(std::move(message));
    clock_.advance(2h);
    const auto delay = bounce_of(reply, {queue::outcome(0, Kind::retry), queue::outcome(1, Kind::retry)});
    clock_.advance(1h);
    ASSERT_EQ(claim().size(), 1U);
    settle(reply, queue::report_of({fail(0), queue::outcome(1, Kind::retry)}));
    log_ = log::Log::to_file(directory_ + "/notes.log", log::Format::json, log::Level::info);
    deliver(delay);
    EXPECT_THAT(take_notes(), IsEmpty());
    EXPECT_EQ(came_->size(), 1U);
    std::ifstream file(directory_ + "/notes.log");
    const std::string lines(std::istreambuf_iterator<char>(file), {});
    EXPECT_THAT(lines, HasSubstr("replies.writer_not_told"));
}

// A sealed reply: what fails is the notification that took its place.
TEST_F(UndeliveredNotesTest, AreMadeForTheNotificationOfASealedReplyUnlessItsBounceGoesToTheWriter)
{
    for (const std::string sender : {"noreply@keys.test", "bob@partner.test"}) {
        const auto reply = queue_reply({"alice@acme.test"});
        queue::NewMessage notification = queue::make_message({"alice@acme.test"}, sender);
        notification.lane = queue::service_notification_lane;
        queue::Report sealed = queue::report_of({queue::outcome(0, Kind::relayed_elsewhere)});
        sealed.replacements.push_back({{notification}, nullptr});
        clock_.advance(1h);
        settle(reply, std::move(sealed));
        const auto due = claim();
        ASSERT_EQ(due.size(), 1U);
        clock_.advance(1h);
        const auto bounce = bounce_of(due[0].id, {fail(0)});
        EXPECT_EQ(bounce.recipients.at(0).address, sender);
        deliver(bounce);
        const auto notes = take_notes();
        ASSERT_EQ(notes.size(), sender == "noreply@keys.test" ? 1U : 0U) << sender;
        if (notes.empty()) continue;
        EXPECT_THAT(notes[0].words, HasSubstr("alice@acme.test: 550 5.1.1 nobody"));
        EXPECT_THAT(notes[0].words, HasSubstr("2026, 08:00 UTC")) << "when it was written";
    }
}

TEST_F(UndeliveredNotesTest, AreOfNothingThatNobodyWrote)
{
    for (const std::string_view lane : {queue::service_notification_lane, queue::service_report_lane}) {
        queue::NewMessage code = queue::make_message({"bob@partner.test"}, "noreply@keys.test");
        code.lane = lane;
        code.facts = R"({"kind":"code"})";
        deliver(bounce_of(accept_and_claim(std::move(code)), {fail(0)}));
        EXPECT_THAT(take_notes(), IsEmpty()) << lane;
    }
    deliver(bounce_of(accept_and_claim(queue::make_message({"bob@partner.test"})), {fail(0)}));
    EXPECT_THAT(take_notes(), IsEmpty()) << "a gateway's";
    EXPECT_EQ(came_->size(), 3U);
}

TEST_F(UndeliveredNotesTest, AreQueuedOnceHoweverOftenTheBounceIsTried)
{
    auto bounce = bounce_of(queue_reply({"alice@acme.test"}), {fail(0)});
    auto report = deliver(bounce);
    EXPECT_EQ(take_notes().size(), 1U);
    settle(bounce.id, std::move(report));
    clock_.advance(61s);
    deliver(claim_bounce());
    EXPECT_THAT(take_notes(), IsEmpty());
    EXPECT_EQ(came_->size(), 2U);
}

TEST_F(UndeliveredNotesTest, AreQueuedOnceAlsoWhenTheNodeEndedBehindTheFirst)
{
    deliver(bounce_of(queue_reply({"alice@acme.test"}), {fail(0)}));
    queue_.reset();
    queue_ = queue::Queue::open(database_, clock_, log::Log::silent()).value();
    auto due = claim();
    ASSERT_EQ(due.size(), 2U) << "bounce and note are due again";
    for (auto& message : due)
        if (message.lane == queue::bounce_lane) deliver(message);
    EXPECT_THAT(claim(), IsEmpty());
    EXPECT_EQ(came_->size(), 2U);
}

TEST_F(UndeliveredNotesTest, ComeInTheLanguageOfTheWriterOrElseOfTheAccount)
{
    people::Account clinic;
    clinic.name = "clinic";
    clinic.organisation = "Clinique";
    clinic.language = "fr";
    auto begun = facts();
    begun.envelope_id = "";
    begun.account = test::value_of(people_->accounts().add(clinic)).id.value();
    deliver(bounce_of(queue_reply({"alice@acme.test"}, begun), {fail(0)}));
    auto words = take_note().words;
    EXPECT_THAT(words, HasSubstr("message protégé du 22 novembre 2026, 08:00 UTC n’a pas pu être remis"));
    EXPECT_THAT(words, HasSubstr("https://keys.test/compose"));
    test::value_of(people_->persons().ensure("bob@partner.test", "en", "192.0.2.0/24"));
    deliver(bounce_of(queue_reply({"alice@acme.test"}, begun), {fail(0)}));
    EXPECT_THAT(take_note().words, HasSubstr("22 November 2026"));
}

TEST_F(UndeliveredNotesTest, LeadToNoMessageThatCanNoLongerBeOpened)
{
    clock_.advance(49h);
    deliver(bounce_of(queue_reply({"alice@acme.test"}), {fail(0)}));
    EXPECT_THAT(take_note().words, Not(HasSubstr("https://")));
}

TEST_F(UndeliveredNotesTest, KeepWordsToThemselvesThatQuoteTheSubject)
{
    deliver(bounce_of(queue_reply({"alice@acme.test"}), {fail(0, "554 5.7.1 looks like spam: THE CONTRACT", "5.7.1")}));
    const auto words = take_note().words;
    EXPECT_THAT(words, HasSubstr("alice@acme.test: 5.7.1"));
    EXPECT_THAT(words, Not(HasSubstr("CONTRACT")));
}

// What the note tells of a host's words about a message with this subject.
TEST_F(UndeliveredNotesTest, KeepWordsToThemselvesThatQuoteASubjectInAnyForm)
{
    struct Case {
        std::string subject, said;
        bool is_kept;
    };
    const std::vector<Case> cases = {
        {"Re: The contract", "554 spam: =?utf-8?B?VGhlIGNvbnRyYWN0?=", true},
        {"Re: The contract", "554 spam: the \r\n\t Contract", true},
        {"The sale of the house in Lyon", "554 spam: The sale of the house...", true},
        {"The sale of the house in Lyon", "554 spam: ...of the house in Lyon", true},
        {"The sale of the house in Lyon", "554 the sale is not known here", false},
        {"Vente de la propriété à Lyon", "554 spam: VENTE DE LA PROPRI\xc9T\xc9", true},
        {"NDA: Q3", "554 spam: nda: q3", true},
        {"NDA: Q3", "554 Q3 is the name of a quota", false},
        {"Hi", "554 this is not known", false},
        {"", "554 nobody", false},
    };
    for (const auto& [subject, said, is_kept] : cases) {
        auto written = facts();
        written.subject = subject;
        deliver(bounce_of(queue_reply({"alice@acme.test"}, written), {fail(0, said, "5.7.1")}));
        const auto words = take_note().words;
        EXPECT_THAT(words, HasSubstr(is_kept ? "alice@acme.test: 5.7.1" : "alice@acme.test: " + said)) << subject << ": " << said;
        EXPECT_EQ(words.find(": 554") == std::string::npos, is_kept) << subject << ": " << said;
    }
}

TEST_F(UndeliveredNotesTest, TellOfWhatWouldTurnTheirWordsAround)
{
    std::string said = "550 5.1.1 no\u202ebody\u2028here ";
    for (int i = 0; i < 200; ++i) said += "\u202e";
    deliver(bounce_of(queue_reply({"alice@acme.test"}), {fail(0, said)}));
    const auto words = take_note().words;
    EXPECT_THAT(words, HasSubstr("550 5.1.1 no\\u202ebody\\u2028here"));
    EXPECT_THAT(words, Not(HasSubstr("\u202e")));
    EXPECT_THAT(words, Not(HasSubstr("\u2028")));
    std::string longest = "550 5.1.1 no\\u202ebody\\u2028here ";
    while (longest.size() <= 300) longest += "\\u202e";
    EXPECT_THAT(words, Not(HasSubstr(longest)));
}

TEST_F(UndeliveredNotesTest, CutWhatAHostSaysAndKeepItFromBeingMarkup)
{
    const auto said = "550 5.1.1 <b>no</b>\a " + std::string(5000, 'x');
    deliver(bounce_of(queue_reply({"alice@acme.test"}), {fail(0, said)}));
    const auto words = take_note().words;
    EXPECT_THAT(words, HasSubstr("&lt;b&gt;no&lt;/b&gt;"));
    EXPECT_THAT(words, Not(HasSubstr("\a")));
    EXPECT_THAT(words, Not(HasSubstr(std::string(301, 'x'))));
}

TEST_F(UndeliveredNotesTest, KeepNoBounceBackWhoseMessageCannotBeUnderstood)
{
    queue::NewMessage broken = queue::make_message({"alice@acme.test"}, "noreply@keys.test");
    broken.lane = queue::reply_lane;
    broken.facts = "{";
    deliver(bounce_of(accept_and_claim(std::move(broken)), {fail(0)}));
    EXPECT_THAT(take_notes(), IsEmpty());
    EXPECT_EQ(came_->size(), 1U);
}

TEST_F(UndeliveredNotesTest, KeepTheBounceWhileTheStoreIsAway)
{
    const auto bounce = bounce_of(queue_reply({"alice@acme.test"}), {fail(0)});
    database_->close();
    const auto report = deliver(bounce);
    EXPECT_EQ(report.outcomes.at(0).kind, Kind::retry);
    EXPECT_THAT(*came_, IsEmpty());
}

}  // namespace
}  // namespace sealpost::replies
