// smtpd: the SMTP service around smtp::ServerSession: listeners, TLS, time limits, connection limits,
// graceful end. It decides nothing about mail: each connection has a MailHandler that does. All of a
// connection runs on the worker that accepted it. Trouble with a peer is logged and ends that
// connection only; an exception out of a handler ends its connection with 421 and is logged.
#pragma once

#include "base/secret.hpp"
#include "sys/async/task.hpp"
#include "sys/net/stream.hpp"
#include "wire/smtp/server_session.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace sealpost::smtpd {

struct PeerFacts {
    std::string connection_id;  // links the log events of this connection; unique in this process
    std::string listener;
    Endpoint peer;
    Endpoint local;
    smtp::ServerProfile profile;  // the listener's; a handler changes its copy
};

struct TlsFacts {
    std::string protocol;
    std::string cipher;
    std::string server_name;       // SNI; may be empty
    bool client_shown = false;     // the client was asked for a certificate and gave one
    bool client_verified = false;  // and its chain holds
    std::string client_subject;
};

struct Accept {  // greeting with profile.banner
    smtp::ServerProfile profile;
    bool ask_certificate = false;  // inside the TLS handshake; MailServerOptions::asking_identity
};
struct Reject {
    smtp::Reply reply;
};                 // 554 or 421 instead of a greeting
struct Refuse {};  // TCP reset, no SMTP text
using Admission = std::variant<Accept, Reject, Refuse>;

struct Credentials {
    std::string user;
    Secret password;
    std::string acting_for;
};

// One per connection, called by one task, in the order of the dialogue. A positive reply lets the
// dialogue go on; any other is said to the client. Enhanced codes belong into every reply.
class MailHandler {
public:
    MailHandler() = default;
    MailHandler(const MailHandler&) = delete;
    MailHandler& operator=(const MailHandler&) = delete;
    virtual ~MailHandler() = default;

    virtual Task<Admission> connected(PeerFacts facts) = 0;
    virtual Task<smtp::Reply> hello(std::string name, bool extended);  // default: 250
    virtual Task<void> tls_started(TlsFacts facts);                    // also with implicit TLS, after connected()
    virtual Task<smtp::Reply> authenticate(Credentials credentials);   // default: 535 5.7.8
    virtual Task<smtp::Reply> mail(smtp::MailFrom mail) = 0;
    virtual Task<smtp::Reply> rcpt(smtp::RcptTo rcpt) = 0;
    virtual Task<smtp::Reply> data_begin();  // default: 354
    // At most 64 KiB at a time, dots unstuffed, CRLF line ends. Trouble is told by data_end().
    virtual Task<void> data(std::string piece) = 0;
    // RFC 5321 §6.1: a 250 here takes the responsibility; the message is on stable storage by then.
    virtual Task<smtp::Reply> data_end() = 0;
    // The transaction is over without data_end(): forget it. Not called after data_end().
    virtual void reset() = 0;
    // The session itself refused something, before the handler was asked (TLS required, a limit of its profile).
    virtual void refused(smtp::Refusal refusal);  // default: nothing
    // The id under which the log knows the transaction that the last mail() began; empty: it has none.
    [[nodiscard]] virtual std::string transaction() const;
    virtual void closed() {}
};

// Called on the worker that accepted the connection.
using HandlerFactory = std::function<std::unique_ptr<MailHandler>()>;

}  // namespace sealpost::smtpd
