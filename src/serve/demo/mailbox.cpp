#include "serve/demo/mailbox.hpp"

#include "wire/mail/header_block.hpp"

namespace sealpost::demo {
namespace {

constexpr std::size_t max_mail_bytes = 100 * 1024 * 1024;

// The page's transfer encoding hides its armor; its file type does not.
bool looks_like_envelope(std::string_view message)
{
    return message.find("Content-Disposition: attachment") != std::string_view::npos &&
           message.find("text/html") != std::string_view::npos && message.find("message.html") != std::string_view::npos;
}

}  // namespace

Result<> Mailboxes::add(const std::string& address)
{
    SEALPOST_CHECK(files::make_directory(directory_ / address));
    const std::lock_guard lock(guard_);
    boxes_[address];
    return {};
}

bool Mailboxes::knows(const std::string& address) const
{
    const std::lock_guard lock(guard_);
    return boxes_.contains(address);
}

std::vector<StoredMail> Mailboxes::list(const std::string& address) const
{
    const std::lock_guard lock(guard_);
    const auto box = boxes_.find(address);
    return box == boxes_.end() ? std::vector<StoredMail>() : box->second;
}

std::optional<StoredMail> Mailboxes::find(const std::string& address, int number) const
{
    const auto mails = list(address);
    if (number < 1 || static_cast<std::size_t>(number) > mails.size()) return std::nullopt;
    return mails[static_cast<std::size_t>(number) - 1];
}

Result<std::string> Mailboxes::read(const StoredMail& mail) const { return files::read_file(mail.file, max_mail_bytes); }

bool Mailboxes::wait_for(const std::string& address, int number, std::chrono::seconds limit) const
{
    std::unique_lock lock(guard_);
    return arrived_.wait_for(lock, limit, [&] {
        const auto box = boxes_.find(address);
        return box != boxes_.end() && box->second.size() >= static_cast<std::size_t>(number);
    });
}

Result<> Mailboxes::keep(const std::string& address, std::string_view message, const std::string& tls_protocol)
{
    const std::lock_guard lock(guard_);
    auto& box = boxes_[address];
    StoredMail mail;
    mail.number = static_cast<int>(box.size()) + 1;
    mail.at = clock_.now();
    mail.bytes = message.size();
    mail.head = message.substr(0, mail::find_end_of_head(message).value_or(message.size()));
    mail.tls_protocol = tls_protocol;
    mail.has_page = looks_like_envelope(message);
    mail.file = directory_ / address / (std::to_string(mail.number) + ".eml");
    SEALPOST_CHECK(files::write_file(mail.file, message, files::Access::owner_only));
    box.push_back(std::move(mail));
    arrived_.notify_all();
    return {};
}

Task<smtpd::Admission> MailboxServer::connected(smtpd::PeerFacts facts) { co_return smtpd::Accept{std::move(facts.profile)}; }

Task<void> MailboxServer::tls_started(smtpd::TlsFacts facts)
{
    tls_protocol_ = facts.protocol;
    co_return;
}

Task<smtp::Reply> MailboxServer::mail(smtp::MailFrom)
{
    reset();
    co_return smtp::Reply(250, "2.1.0", "Sender ok");
}

Task<smtp::Reply> MailboxServer::rcpt(smtp::RcptTo rcpt)
{
    std::string address = sealpost::mail::format_mailbox(rcpt.recipient);
    if (!mailboxes_.knows(address)) co_return smtp::Reply(550, "5.1.1", "No such mailbox");
    recipients_.push_back(std::move(address));
    co_return smtp::Reply(250, "2.1.5", "Recipient ok");
}

Task<void> MailboxServer::data(std::string piece)
{
    message_ += piece;
    co_return;
}

Task<smtp::Reply> MailboxServer::data_end()
{
    auto kept = co_await pool_.run([this]() -> Result<> {
        for (const auto& address : recipients_) SEALPOST_CHECK(mailboxes_.keep(address, message_, tls_protocol_));
        return {};
    });
    reset();
    if (kept.has_error()) co_return smtp::Reply(451, "4.3.0", "The mailbox cannot be written at the moment");
    co_return smtp::Reply(250, "2.0.0", "Delivered");
}

void MailboxServer::reset()
{
    recipients_.clear();
    message_.clear();
}

}  // namespace sealpost::demo
