#include "serve/replies/undelivered_notes.hpp"

#include "base/cut_text.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "core/queue/answering.hpp"
#include "core/queue/own_mail.hpp"
#include "serve/replies/mail_to_people.hpp"
#include "serve/replies/service_mail.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/mail/message_id.hpp"
#include "wire/mail/visible_text.hpp"

#include <algorithm>

namespace sealpost::replies {

using queue::DueMessage;
using queue::MessageView;
using queue::RecipientView;
using queue::Report;

constexpr std::size_t most_shown = 300;           // octets of what a host said, in a mail under the service's name
constexpr std::size_t most_compared = 1200;       // octets of it; show_line() reads fewer
constexpr std::size_t telling_run = 16;           // octets of a subject that are no coincidence
constexpr std::size_t longest_reply_prefix = 4;   // "Re", "Fwd", "Antw"
constexpr std::size_t shortest_told_subject = 3;  // shorter ones stand in the words of any host

// What somebody wrote, and who does not get it.
struct UndeliveredNotes::Failure {
    MessageFacts facts;
    queue::MessageId id;
    WallTime written_at;
    std::vector<RecipientView> recipients;
};

namespace {

bool is_temporary(Fault fault) { return fault == Fault::retry_later || fault == Fault::cancelled; }

// "Re: Fwd: The contract" is about "The contract".
std::string_view find_topic(std::string_view subject)
{
    while (true) {
        subject = trim(subject);
        const auto colon = subject.find(':');
        if (colon == std::string_view::npos || colon == 0 || colon > longest_reply_prefix) return subject;
        subject.remove_prefix(colon + 1);
    }
}

// In lower case, and with one space between words, however lines were folded.
std::string fold(std::string_view text)
{
    std::string folded;
    for (const char c : clean_utf8(text, Controls::none)) {
        const bool is_space = is_ascii_space(c);
        if (!is_space) folded += ascii_lower(c);
        if (is_space && !folded.empty() && folded.back() != ' ') folded += ' ';
    }
    if (folded.ends_with(' ')) folded.pop_back();
    return folded;
}

// Hosts cut what they quote at either end; a part of a subject tells of it, too.
bool quotes_subject(std::string_view words, std::string_view subject)
{
    const std::string said = fold(words.substr(0, most_compared));
    if (said.find("=?") != std::string::npos) return true;  // RFC 2047: as it stood in the head
    const std::string whole = fold(subject);
    std::string_view told = find_topic(whole);
    if (told.size() < shortest_told_subject) told = whole;
    if (told.size() < shortest_told_subject) return false;
    const auto run = std::min(told.size(), telling_run);
    for (std::size_t at = 0; at + run <= told.size(); ++at)
        if (said.find(told.substr(at, run)) != std::string::npos) return true;
    return false;
}

// A host that had the content may quote the subject in its refusal: then its words stay here. What would turn the words of the
// mail around, or end their line, is told.
std::string describe_reason(const RecipientView& recipient, const std::string& subject)
{
    std::string words = mail::show_line(show_line(recipient.text, most_shown));
    cut_text(words, most_shown);
    return words.empty() || quotes_subject(recipient.text, subject) ? recipient.enhanced_code : words;
}

}  // namespace

Task<Report> UndeliveredNotes::deliver(DueMessage message)
{
    if (queue::is_bounce_lane(message.lane)) {
        auto told = co_await tell_writer(message);
        if (told.has_error() && is_temporary(told.error().fault)) co_return queue::retry_all(message, "4.3.0", told.error().text);
        if (told.has_error())
            parts_.log.error("replies.writer_not_told", {{"bounce", message.id.value()}, {"problem", told.error().text}});
    }
    auto report = co_await parts_.next->deliver(std::move(message));
    co_return report;
}

Task<Result<>> UndeliveredNotes::tell_writer(DueMessage bounce)
{
    std::string once = "undelivered " + std::to_string(bounce.id.value());
    SEALPOST_CO_TRY(const auto told, co_await parts_.queue->find_accepted(once));
    if (told) co_return Result<>();
    SEALPOST_CO_TRY(auto failure, co_await find_failure(std::move(bounce)));
    if (!failure) co_return Result<>();
    SEALPOST_CO_CHECK(co_await queue_note(std::move(*failure), std::move(once)));
    co_return Result<>();
}

// Absent: it is about nothing that a person wrote here, about a delay only, or the person gets it themselves, as a report about
// a notification under their name.
Task<Result<std::optional<UndeliveredNotes::Failure>>> UndeliveredNotes::find_failure(DueMessage bounce)
{
    const std::optional<Failure> none;
    SEALPOST_CO_TRY(const auto view, co_await parts_.queue->show(bounce.id));
    if (!view || view->parent == queue::MessageId()) co_return none;
    SEALPOST_CO_TRY(const auto failed, co_await parts_.queue->track(view->parent));
    if (!failed) co_return none;
    auto written = failed;
    if (failed->lane == queue::service_notification_lane && failed->parent != queue::MessageId()) {
        SEALPOST_CO_TRY(written, co_await parts_.queue->track(failed->parent));
    }
    if (!written || written->lane != queue::reply_lane) co_return none;
    SEALPOST_CO_TRY(auto facts, parse_message_facts(written->facts));
    const auto is_persons = [&](const queue::DueRecipient& recipient) { return iequals(recipient.address, facts.person); };
    if (std::ranges::any_of(bounce.recipients, is_persons) || mail::parse_mailbox(facts.person).has_error()) co_return none;
    Failure failure{std::move(facts), written->id, written->accepted_at, {}};
    SEALPOST_CO_TRY(failure.recipients, co_await find_failed(std::move(bounce), *failed));
    if (failure.recipients.empty()) co_return none;
    co_return std::optional(std::move(failure));
}

// Who failed, and their bounce, are of one commit, and of one time unless the clock was set back since: the history is then
// pulled back, too (Queue::erase_old_history). So whoever failed before, and has no other bounce, is of this one.
Task<Result<std::vector<RecipientView>>> UndeliveredNotes::find_failed(DueMessage bounce, MessageView message)
{
    std::vector<RecipientView> failed = std::move(message.recipients);
    std::erase_if(failed, [](const auto& each) { return each.state != queue::RecipientState::failed; });
    const auto is_of_this = [&](const RecipientView& each) { return each.finished_at == bounce.accepted_at; };
    if (std::ranges::any_of(failed, is_of_this)) {
        std::erase_if(failed, [&](const auto& each) { return !is_of_this(each); });
        co_return failed;
    }
    if (failed.empty()) co_return failed;
    SEALPOST_CO_TRY(const auto others, co_await find_other_bounces(bounce.id, message.id));
    std::erase_if(failed, [&](const auto& each) { return std::ranges::find(others, each.finished_at) != others.end(); });
    const auto is_later = [&](const RecipientView& each) { return each.finished_at > bounce.accepted_at; };
    const bool is_any_later = std::ranges::any_of(failed, is_later);
    std::erase_if(failed, is_later);
    if (failed.empty() && is_any_later) co_return Error{Fault::give_up, "nobody failed when it was made"};
    co_return failed;
}

Task<Result<std::vector<WallTime>>> UndeliveredNotes::find_other_bounces(queue::MessageId bounce, queue::MessageId message)
{
    std::vector<WallTime> times;
    SEALPOST_CO_TRY(const auto children, co_await parts_.queue->find_children(message));
    for (const auto child : children) {
        if (child == bounce) continue;
        SEALPOST_CO_TRY(const auto view, co_await parts_.queue->track(child));
        if (view && queue::is_bounce_lane(view->lane)) times.push_back(view->accepted_at);
    }
    co_return times;
}

// Absent: there is none, or not any more.
Task<Result<std::optional<keys::EnvelopeFacts>>> UndeliveredNotes::find_answered(std::string envelope_id)
{
    const auto id = keys::parse_envelope_id(envelope_id);
    if (!id) co_return std::optional<keys::EnvelopeFacts>();
    auto envelope = co_await parts_.keys->find(*id);
    co_return envelope;
}

Task<Result<seal::UndeliveredFacts>> UndeliveredNotes::describe(Failure failure)
{
    seal::UndeliveredFacts facts;
    facts.sent_at = failure.written_at;
    for (const auto& recipient : failure.recipients)
        facts.recipients.push_back({recipient.address, describe_reason(recipient, failure.facts.subject)});
    people::AccountId account(failure.facts.account);
    if (failure.facts.envelope_id.empty()) {
        facts.compose_url = parts_.service_url + "/compose";
    } else {
        SEALPOST_CO_TRY(const auto envelope, co_await find_answered(failure.facts.envelope_id));
        if (envelope) account = envelope->policy.account;
        if (envelope && envelope->state == keys::State::open)
            facts.open_url = parts_.service_url + (envelope->has_hosted_copy ? "/open/" + failure.facts.envelope_id : "/open");
    }
    SEALPOST_CO_TRY(facts.language, co_await choose_language(parts_.people, failure.facts.person, account));
    co_return facts;
}

Task<Result<>> UndeliveredNotes::queue_note(Failure failure, std::string once)
{
    SEALPOST_CO_TRY(const auto facts, co_await describe(failure));
    seal::ServiceMail mail;
    mail.from = parts_.sender;
    mail.to = failure.facts.person;
    mail.message_domain = parts_.service_name;
    mail.at = parts_.clock->now();
    mail.about = check_message_id("<" + mail::clean_message_id(failure.facts.message_id) + ">");
    queue::OwnMail own;
    own.lane = queue::service_notification_lane;
    own.sender = "";  // RFC 3834 §3.3: nobody is told when it cannot be delivered, and no vacation answers
    own.to.push_back(failure.facts.person);
    own.facts = R"({"kind":"undelivered"})";
    own.once = queue::Once{std::move(once), ""};  // the bounce is tried again, and may be cut off by the node's end
    std::string text = seal::build_service_mail(mail, seal::undelivered_text(facts));
    SEALPOST_CO_TRY(const auto queued, co_await queue::send_own_mail(parts_.queue, std::move(own), std::move(text)));
    if (queued)
        parts_.log.info("replies.writer_told", {{"message", failure.id.value()}, {"recipients", facts.recipients.size()}});
    co_return Result<>();
}

}  // namespace sealpost::replies
