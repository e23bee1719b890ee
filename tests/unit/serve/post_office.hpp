#pragma once

#include "serve/smtpd/mail_server.hpp"
#include "sys/crypto/x509.hpp"
#include "sys/tls/context.hpp"

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sealpost::smtpd {

// A mail server on loopback that takes mail for acme.test and keeps it in memory, for tests.
struct Letter {
    std::string sender;
    std::vector<std::string> recipients;
    std::string content;
    std::string tls;  // protocol; empty: in clear
    std::string user;
    std::string ret;
};

struct Letters {
    void add(Letter letter)
    {
        const std::lock_guard guard(lock);
        all.push_back(std::move(letter));
    }
    std::vector<Letter> take()
    {
        const std::lock_guard guard(lock);
        return std::exchange(all, {});
    }
    std::mutex lock;
    std::vector<Letter> all;
    // Who has served a connection.
    void note_thread()
    {
        const std::lock_guard guard(lock);
        threads.insert(std::this_thread::get_id());
    }
    std::set<std::thread::id> threads;  // by lock
    std::atomic<int> connections{0};
    std::atomic<int> resets{0};
    std::atomic<int> ends{0};  // of content
};

// How the office behaves in this test.
struct Manners {
    std::optional<smtp::Reply> at_connect = {};
    bool tcp_reset = false;
    bool throws_at_mail = false;
    std::optional<smtp::Reply> to_mail = {};
    std::optional<smtp::Reply> at_end = {};
    std::shared_ptr<const std::atomic<bool>> may_end = {};  // the answer to content waits for it
};

class OfficeHandler final : public MailHandler {
public:
    OfficeHandler(std::shared_ptr<Letters> letters, Manners manners) : letters_(std::move(letters)), manners_(std::move(manners))
    {
    }

    Task<Admission> connected(PeerFacts facts) override
    {
        ++letters_->connections;
        letters_->note_thread();
        if (manners_.tcp_reset) co_return Refuse{};
        if (manners_.at_connect) co_return Reject{*manners_.at_connect};
        co_return Accept{facts.profile};
    }
    Task<void> tls_started(TlsFacts facts) override
    {
        letter_.tls = facts.protocol;
        co_return;
    }
    Task<smtp::Reply> authenticate(Credentials credentials) override
    {
        if (credentials.password.reveal_text() != "secret") co_return smtp::Reply(535, "5.7.8", "Wrong");
        letter_.user = credentials.user;
        co_return smtp::Reply(235, "2.7.0", "Welcome");
    }
    Task<smtp::Reply> mail(smtp::MailFrom mail) override
    {
        ++transactions_;
        if (manners_.throws_at_mail) throw std::runtime_error("a defect");
        if (manners_.to_mail) co_return *manners_.to_mail;
        letter_.sender = mail::format_mailbox(mail.sender);
        letter_.ret = mail.ret;
        co_return smtp::Reply(250, "2.1.0", "OK");
    }
    Task<smtp::Reply> rcpt(smtp::RcptTo rcpt) override
    {
        if (rcpt.recipient.domain != "acme.test") co_return smtp::Reply(550, "5.7.1", "Relaying denied");
        if (rcpt.recipient.local == "nobody") co_return smtp::Reply(550, "5.1.1", "No such person");
        if (rcpt.recipient.local == "later") co_return smtp::Reply(450, "4.2.1", "Later");
        letter_.recipients.push_back(mail::format_mailbox(rcpt.recipient));
        co_return smtp::Reply(250, "2.1.5", "OK");
    }
    Task<void> data(std::string piece) override
    {
        letter_.content += piece;
        co_return;
    }
    Task<smtp::Reply> data_end() override
    {
        ++letters_->ends;
        while (manners_.may_end && !*manners_.may_end) {
            auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(5)));
            if (!slept) break;
        }
        if (manners_.at_end) {
            forget();
            co_return *manners_.at_end;
        }
        letters_->add(letter_);
        forget();
        co_return smtp::Reply(250, "2.6.0", "Stored");
    }
    void reset() override
    {
        ++letters_->resets;
        forget();
    }
    [[nodiscard]] std::string transaction() const override { return "office." + std::to_string(transactions_); }

private:
    void forget()
    {
        letter_.sender.clear();
        letter_.ret.clear();
        letter_.recipients.clear();
        letter_.content.clear();
    }
    std::shared_ptr<Letters> letters_;
    Manners manners_;
    Letter letter_;
    int transactions_ = 0;
};

// A private authority and what it certifies.
struct Authority {
    crypto::PrivateKey key = crypto::PrivateKey::make_ecdsa_p256().value();
    crypto::Issuer issuer{crypto::make_certificate(order("Test Root", true), key).value(), key};

    static crypto::CertificateOrder order(const std::string& name, bool is_ca)
    {
        const WallTime now = SystemClock().now();
        crypto::CertificateOrder order;
        order.subject = name;
        order.is_ca = is_ca;
        order.not_before = now - std::chrono::hours(1);
        order.not_after = now + std::chrono::hours(1);
        if (!is_ca) order.dns_names = {name};
        return order;
    }
    [[nodiscard]] std::shared_ptr<tls::ServerIdentity> identity(const std::string& name) const
    {
        crypto::PrivateKey leaf_key = crypto::PrivateKey::make_ecdsa_p256().value();
        crypto::Certificate leaf = crypto::make_certificate(order(name, false), leaf_key, issuer).value();
        std::vector<tls::KeyPair> pairs{{{leaf}, leaf_key}};
        return std::make_shared<tls::ServerIdentity>(tls::ServerContext::make(std::move(pairs)).value());
    }
    [[nodiscard]] std::shared_ptr<const tls::ClientContext> client() const
    {
        tls::ClientOptions options;
        options.trust = {.system = false, .pem_texts = {issuer.certificate.to_pem()}};
        return tls::ClientContext::make(options).value();
    }
};

struct PostOffice {
    std::shared_ptr<Letters> letters = std::make_shared<Letters>();
    async::Workers workers{2};
    std::unique_ptr<MailServer> server;

    static MailServerOptions plain()
    {
        MailServerOptions options;
        options.listener = "public";
        options.endpoints = {{IpAddress::loopback_v4(), 0}};
        options.profile.hostname = "mx.acme.test";
        options.times.linger = std::chrono::milliseconds(200);
        return options;
    }
    explicit PostOffice(MailServerOptions options = plain(), Manners manners = {})
    {
        options.make_handler = [letters = letters, manners] { return std::make_unique<OfficeHandler>(letters, manners); };
        server = MailServer::start(workers, std::move(options)).value();
    }
    [[nodiscard]] Endpoint endpoint() const { return server->local().front(); }
    [[nodiscard]] std::uint16_t port() const { return endpoint().port; }
};

}  // namespace sealpost::smtpd
