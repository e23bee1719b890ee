#pragma once

#include "base/network.hpp"
#include "serve/smtpd/mail_handler.hpp"
#include "sys/async/workers.hpp"
#include "sys/log/log.hpp"
#include "sys/tls/context.hpp"

#include <chrono>
#include <vector>

namespace sealpost::smtpd {

// RFC 5321 §4.5.3.2.
struct ServerTimes {
    std::chrono::milliseconds proxy_header{5000};  // from the connection on, where one has to come
    std::chrono::seconds handshake{60};
    std::chrono::seconds command{5 * 60};       // for a whole command, from our last reply on
    std::chrono::seconds crowded{30};           // the same, between messages, while places are scarce
    std::chrono::seconds content_read{5 * 60};  // each read; the RFC asks for 3 minutes at least
    std::uint64_t least_content_rate = 512;     // octets a second, behind which it may lag by content_read; 0: any
    std::chrono::seconds write{2 * 60};
    std::chrono::seconds connection{60 * 60};  // the whole connection; inside a message it may finish `message`
    std::chrono::seconds message{60 * 60};     // from MAIL to the end of its content
    std::chrono::milliseconds linger{1000};    // for the peer to read a refusal before the close
};

struct MailServerOptions {
    std::string listener;                           // its name, for handlers and the log
    std::vector<Endpoint> endpoints;                // port 0: the kernel chooses
    std::shared_ptr<tls::ServerIdentity> identity;  // null: no TLS is offered
    // The same certificates in contexts that ask clients for theirs, for connections whose handler
    // wants that; null: nobody is asked. Apart, since who is asked cannot resume a TLS session.
    std::shared_ptr<tls::ServerIdentity> asking_identity;
    bool implicit_tls = false;
    smtp::ServerProfile profile;
    ServerTimes times;
    unsigned max_connections = 1000;           // over it, or a host over its share of it: 421 4.3.2
    unsigned max_connections_per_address = 0;  // 0: no such limit
    // From there each connection begins with a PROXY header (net::ProxyDoor), and its client is whom that tells.
    std::vector<Network> proxy_from;
    // Whether places are scarce beyond this listener, too; any thread. Null: they are not.
    std::function<bool()> is_crowded;
    HandlerFactory make_handler;
    log::Log log = log::Log::silent();
};

// A listener of the node, served by all workers: each has its own socket on the same port
// (SO_REUSEPORT), and a connection stays where it was accepted.
class MailServer {
public:
    // Binds and begins to accept. `workers` outlives the server.
    static Result<std::unique_ptr<MailServer>> start(async::Workers& workers, MailServerOptions options);
    ~MailServer();  // stops at once if stop() was not called
    MailServer(const MailServer&) = delete;
    MailServer& operator=(const MailServer&) = delete;

    [[nodiscard]] std::vector<Endpoint> local() const;  // with the ports that the kernel chose
    [[nodiscard]] unsigned connections() const;

    // Accepts no more, tells idle sessions 421, lets messages under way finish until `drain` has
    // passed, then closes; whoever has sent a whole message by then hears its answer. Does not wait for it:
    // await_stop() does.
    void begin_stop(Deadline drain);
    void await_stop();                           // blocks: call it from a thread that is no worker
    void stop(std::chrono::milliseconds drain);  // both; safe to call again

private:
    struct State;
    explicit MailServer(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::smtpd
