#include "serve/alerts/alerts.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/queue/own_mail.hpp"
#include "sys/crypto/random.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/line_ends.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/mail/mime_writer.hpp"

namespace sealpost::alerts {
namespace {

log::Level level_of(Severity severity)
{
    return severity == Severity::information ? log::Level::info
           : severity == Severity::warning   ? log::Level::warning
                                             : log::Level::error;
}

// Whoever is no administrator of this node may read either language.
std::string say_in(std::optional<Language> language, const Words& words, std::string_view between)
{
    return language ? words.in(*language) : words.en + std::string(between) + words.fr;
}

}  // namespace

std::string_view format_severity(Severity severity)
{
    switch (severity) {
        case Severity::information: return "information";
        case Severity::warning: return "warning";
        case Severity::critical: break;
    }
    return "critical";
}

// The mail is queued before it is noted: a crash between the two tells it twice, never not at all.
Task<Result<bool>> Alerts::raise(Alert alert)
{
    SEALPOST_CO_TRY(const bool told, co_await parts_.ledger->was_told(alert.kind, alert.about, alert.stage));
    if (told) co_return false;
    SEALPOST_CO_CHECK(co_await mail(alert));
    SEALPOST_CO_CHECK(co_await parts_.ledger->note(alert.kind, alert.about, alert.stage));
    parts_.log.write(level_of(alert.severity), "alert." + alert.kind,
                     {{"about", alert.about},
                      {"stage", alert.stage},
                      {"severity", format_severity(alert.severity)},
                      {"subject", alert.subject.en}});
    co_return true;
}

std::string Alerts::on_this_node(std::string what) const { return parts_.node.empty() ? what : what + " on " + parts_.node; }

Task<Result<>> Alerts::forget(std::string kind, WallTime before)
{
    auto forgotten = co_await parts_.ledger->forget(std::move(kind), before);
    co_return forgotten;
}

Task<Result<>> Alerts::clear(std::string kind, std::string about)
{
    auto cleared = co_await parts_.ledger->clear(std::move(kind), std::move(about));
    co_return cleared;
}

Task<Result<>> Alerts::mail(Alert alert)
{
    const bool is_ours = alert.to.empty();
    const std::vector<std::string> to = is_ours ? parts_.to : std::vector<std::string>{alert.to};
    if (to.empty()) co_return Result<>();
    const auto language = is_ours ? parts_.language : std::nullopt;
    const std::string unique = format_hex(crypto::random_bytes(12));
    mail::MimeWriter::Fields fields{{"From", "Sealpost <" + parts_.from + ">"},
                                    {"To", join(to, ", ")},
                                    {"Subject", mail::encode_words(say_in(language, alert.subject, " / "))},
                                    {"Date", format_rfc5322_date(parts_.clock->now())},
                                    {"Message-ID", "<" + unique + "@" + parts_.hostname + ">"},
                                    {"Auto-Submitted", "auto-generated"}};  // RFC 3834 §5
    mail::MimeWriter writer;
    std::string text = writer.begin_mixed(fields);
    text += writer.add_text(say_in(language, alert.body, "\n—\n\n"));
    text += writer.end();
    queue::OwnMail mail;
    mail.lane = parts_.lane;
    mail.sender = "";  // RFC 3834 §3.3: no vacation answers
    mail.to = to;
    mail.facts = parts_.facts;
    SEALPOST_CO_CHECK(co_await queue::send_own_mail(parts_.queue, std::move(mail), std::move(text)));
    co_return Result<>();
}

}  // namespace sealpost::alerts
