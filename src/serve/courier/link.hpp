#pragma once

#include "serve/courier/courier.hpp"
#include "serve/courier/domain_limits.hpp"
#include "serve/courier/tls_terms.hpp"
#include "sys/tls/stream.hpp"

#include <memory>

namespace sealpost::courier {

// What a connection was opened for. Only an order with the same may use it again.
struct LinkKey {
    std::string host;  // as looked up: the name that the certificate had to bear
    Endpoint endpoint;
    TlsTerms terms;  // what the order's demand comes to for this host
    std::optional<IpAddress> from;
    std::string helo_name;
    std::shared_ptr<const Login> login;
    friend bool operator==(const LinkKey&, const LinkKey&) = default;
};

// An open connection to a mail host that fulfils its key's TLS terms: once open() has given one, any
// message of an order with that key may go over it. Of courier only.
class Link {
public:
    // How a connection came about, also when it is not to be used.
    struct Opening {
        std::unique_ptr<Link> link;      // null: `attempt` says why
        std::optional<IpAddress> local;  // ours; absent: no connection
        std::string server_name;         // what the host calls itself
        std::optional<TlsResult> pkix;   // what chain and host name prove by themselves; absent: no TLS
    };
    // The caller keeps `attempt` alive; it has the connection's id.
    static Task<Opening> open(LinkKey key, std::shared_ptr<const tls::ClientContext> trust, CourierLimits limits,
                              Deadline deadline, Attempt& attempt);
    ~Link();

    // Any number of times while is_usable(). `content` outlives the call. The deadline is for what comes before the content.
    Task<smtp::TransactionOutcome> send(smtp::OutgoingMail mail,
                                        const std::function<std::unique_ptr<async::ByteSource>()>& content, Deadline deadline);
    Task<void> quit();

    [[nodiscard]] const LinkKey& key() const { return key_; }
    [[nodiscard]] const std::string& id() const
    {
        return id_;
    }  // in the log: "delivery-1795521600-3", unlike those of other runs
    [[nodiscard]] const std::optional<TlsFacts>& tls() const { return tls_facts_; }
    [[nodiscard]] const smtp::Capabilities& offered() const { return session_.offered(); }
    [[nodiscard]] bool is_usable() const { return session_.is_usable() && !session_.has_unread_input(); }
    [[nodiscard]] unsigned messages() const { return messages_; }
    [[nodiscard]] Deadline idle_end() const { return idle_end_; }
    void rest_until(Deadline end) { idle_end_ = end; }
    void occupy(Seat seat) { seat_ = std::move(seat); }
    [[nodiscard]] const std::string& counted_for() const { return seat_.domain(); }
    // Our own content could not be read; trying the next host would not help.
    [[nodiscard]] bool content_gave_out() const { return content_gave_out_; }

private:
    Link(LinkKey key, std::string id, CourierLimits limits);
    Task<bool> begin(std::shared_ptr<const tls::ClientContext> trust, Deadline deadline, Attempt& attempt);
    Task<bool> secure(std::shared_ptr<const tls::ClientContext> trust, Deadline deadline, Attempt& attempt);
    Task<bool> shake_hands(std::shared_ptr<const tls::ClientContext> trust, Deadline deadline, Attempt& attempt);
    void judge(const tls::PeerProof& proof);
    [[nodiscard]] bool is_proven_enough(Attempt& attempt) const;
    Task<bool> sign_in(Deadline deadline, Attempt& attempt);
    Task<smtp::ClientEvent> await_event(Deadline deadline);
    Task<smtp::ClientEvent> await_event_in(std::chrono::seconds patience, Deadline deadline);  // so much for each reply
    Task<void> flush(Deadline deadline);
    Task<void> read(Deadline deadline);
    [[nodiscard]] net::ByteStream& stream();
    void close();

    LinkKey key_;
    std::string id_;
    Seat seat_;  // for as long as the connection is there
    CourierLimits limits_;
    smtp::ClientSession session_;
    std::unique_ptr<net::TcpStream> tcp_;  // until TLS takes it over
    std::unique_ptr<tls::TlsStream> tls_;
    std::optional<TlsFacts> tls_facts_;
    std::optional<TlsResult> pkix_;
    std::string pkix_problem_;
    std::string write_problem_;
    Deadline idle_end_ = Deadline::never();
    unsigned messages_ = 0;
    bool content_gave_out_ = false;
    bool has_ended_ = false;  // nothing more comes from the host, or nothing came in time
};

}  // namespace sealpost::courier
