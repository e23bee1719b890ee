#pragma once

#include "serve/smtpd/mail_server.hpp"
#include "serve/smtpd/said_envelope.hpp"
#include "sys/async/pace.hpp"
#include "sys/net/proxy_door.hpp"
#include "sys/tls/stream.hpp"

#include <memory>

namespace sealpost::smtpd {

// One connection from its acceptance to its close: moves octets between stream and session, and
// events between session and handler. Of smtpd only.
class Connection {
public:
    Connection(std::unique_ptr<net::TcpStream> stream, const MailServerOptions& options, std::string id);

    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] const Endpoint& peer() const { return peer_; }

    // Before all else, from a balancer: for whom it connects. Without an answer there is nobody to converse with.
    Task<Result<net::ProxyHeader>> hear_proxy(net::ProxyDoor& door);

    Task<void> run();                       // never throws
    Task<void> turn_away(smtp::Reply why);  // instead of run(): too many connections

    // From the drain, on the same executor. After drain() the session ends as soon as it is idle.
    Task<void> drain();
    void break_off();  // the drain is over; but a message whose whole content is here gets its answer first
    void close();

private:
    Task<void> converse();
    Task<bool> admit();
    Task<Result<>> shake_hands();
    Task<Result<>> accept_tls();
    Task<bool> take(smtp::ServerEvent event);  // false: the connection is at its end
    Task<bool> exchange();
    Task<bool> flush(bool is_last = false);
    Task<bool> begin_tls();
    Task<void> answer_hello(smtp::HelloSaid said);
    Task<void> answer_credentials(smtp::CredentialsGiven given);
    Task<void> answer_mail(smtp::MailSaid said);
    Task<void> answer_rcpt(smtp::RcptSaid said);
    Task<void> answer_content_wanted();
    Task<void> take_piece(smtp::ContentPiece piece);
    Task<void> flush_piece();
    Task<void> answer_content();
    Task<void> finish(smtp::Ended ended);
    Task<void> linger();
    Task<void> linger_in_content();
    void answer(const smtp::Reply& reply, std::string_view stage);
    void tell_refusal(const smtp::Reply& reply, std::string_view stage, const RefusalSubject& subject);
    void tell_own_refusal(smtp::Refusal refusal);  // the session's own
    [[nodiscard]] RefusalSubject find_subject(std::string_view stage) const;
    void tell_limits();
    void forget_transaction();
    void lose(std::string_view why);
    void begin_content_time();
    void note_content_time();
    [[nodiscard]] net::ByteStream* stream();
    [[nodiscard]] Deadline read_deadline() const;
    [[nodiscard]] bool is_overlong() const;

    const MailServerOptions& options_;
    std::string id_;
    std::unique_ptr<net::TcpStream> tcp_;  // until TLS takes it over
    std::unique_ptr<tls::TlsStream> tls_;  // from before the handshake on, so that a drain can break it off
    Endpoint peer_;
    Endpoint local_;
    std::unique_ptr<MailHandler> handler_;
    std::unique_ptr<smtp::ServerSession> session_;
    std::optional<smtp::Reply> rejection_;
    bool ask_certificate_ = false;
    std::string_view limit_told_;  // the last one in the log
    SaidEnvelope envelope_;
    std::string piece_;
    std::uint64_t message_bytes_ = 0;
    unsigned messages_ = 0;
    bool in_transaction_ = false;
    bool in_content_ = false;
    bool answering_content_ = false;  // all of it came, and the handler takes it or does not
    bool broken_off_ = false;
    bool reading_ = false;
    bool draining_ = false;
    bool is_hearing_proxy_ = false;
    bool is_lingering_ = false;  // answered for good, while the rest of its content passes by
    bool closed_ = false;
    Deadline connection_end_;
    Deadline message_end_ = Deadline::never();
    Deadline::Clock::time_point spoken_at_;  // when the last replies went out: the client's turn since
    // How long content has, from its go-ahead on, also when it is refused meanwhile and only passes by.
    struct ContentTime {
        Deadline end;
        async::Pace pace;
        std::uint64_t octets = 0;  // that came
    };
    std::optional<ContentTime> content_time_;  // while content comes
};

}  // namespace sealpost::smtpd
