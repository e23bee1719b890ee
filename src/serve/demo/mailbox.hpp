#pragma once

#include "base/clock.hpp"
#include "serve/smtpd/mail_handler.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/files/files.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::demo {

// A message in a demo mailbox. Its text lies in a file: it may be large.
struct StoredMail {
    int number = 0;  // from 1
    WallTime at;
    std::uint64_t bytes = 0;
    std::string head;          // the header block
    std::string tls_protocol;  // of the connection that brought it; empty: none
    bool has_page = false;     // an envelope page is attached
    files::Path file;
};

// The mailboxes of the demo world, filled by SMTP and read by the web inbox and the smoke test. Any
// thread may call.
class Mailboxes {
public:
    Mailboxes(files::Path directory, const Clock& clock) : directory_(std::move(directory)), clock_(clock) {}

    Result<> add(const std::string& address);
    [[nodiscard]] bool knows(const std::string& address) const;
    [[nodiscard]] std::vector<StoredMail> list(const std::string& address) const;  // oldest first
    [[nodiscard]] std::optional<StoredMail> find(const std::string& address, int number) const;
    [[nodiscard]] Result<std::string> read(const StoredMail& mail) const;  // the whole message
    // Blocks until the mailbox holds `number` messages; false when `limit` passes.
    [[nodiscard]] bool wait_for(const std::string& address, int number, std::chrono::seconds limit) const;

    Result<> keep(const std::string& address, std::string_view message, const std::string& tls_protocol);

private:
    files::Path directory_;
    const Clock& clock_;
    mutable std::mutex guard_;
    mutable std::condition_variable arrived_;
    std::map<std::string, std::vector<StoredMail>> boxes_;  // under guard_
};

// An ordinary mail server that accepts for its mailboxes.
class MailboxServer final : public smtpd::MailHandler {
public:
    MailboxServer(Mailboxes& mailboxes, async::BlockingPool& pool) : mailboxes_(mailboxes), pool_(pool) {}

    Task<smtpd::Admission> connected(smtpd::PeerFacts facts) override;
    Task<void> tls_started(smtpd::TlsFacts facts) override;
    Task<smtp::Reply> mail(smtp::MailFrom mail) override;
    Task<smtp::Reply> rcpt(smtp::RcptTo rcpt) override;
    Task<void> data(std::string piece) override;
    Task<smtp::Reply> data_end() override;
    void reset() override;

private:
    Mailboxes& mailboxes_;
    async::BlockingPool& pool_;
    std::string tls_protocol_;
    std::vector<std::string> recipients_;
    std::string message_;
};

}  // namespace sealpost::demo
