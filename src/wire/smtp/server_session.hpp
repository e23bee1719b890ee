#pragma once

#include "base/secret.hpp"
#include "wire/smtp/command.hpp"
#include "wire/smtp/receive_buffer.hpp"
#include "wire/smtp/reply.hpp"
#include "wire/smtp/sasl.hpp"
#include "wire/smtp/text_scanner.hpp"
#include "wire/smtp/transaction.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace sealpost::smtp {

struct ServerLimits {
    std::uint64_t max_message_bytes = 50 * 1024 * 1024;  // also what SIZE says; 0: none
    std::uint64_t max_head_bytes = 256 * 1024;
    std::uint64_t max_text_line_bytes = 1000;  // with CRLF: RFC 5321 §4.5.3.1.6
    unsigned max_recipients = 1000;            // accepted ones; RFC 5321 §4.5.3.1.8: at least 100
    unsigned max_messages = 1000;              // transactions on one connection
    unsigned max_errors = 20;                  // 5xx that the client earned; then 421 and the end
    unsigned max_idle_commands = 100;          // NOOP, RSET, VRFY, HELP … without a message between
};

// What this connection is offered. The owner may change it until the EHLO in question.
struct ServerProfile {
    std::string hostname;           // in the banner and the EHLO reply
    std::string banner;             // text behind the host name; empty: "ESMTP"
    bool offer_starttls = false;
    bool require_tls = false;       // MAIL before TLS is refused: 530 5.7.0
    bool tls_active = false;        // implicit TLS: set from the start
    bool may_offer_auth = false;    // the session offers it under TLS only
    bool require_auth = false;      // MAIL before AUTH is refused: 530 5.7.0
    bool auth_without_tls = false;  // for loopback tests; never from configuration
    ServerLimits limits;
};

// What happened. Those marked (answer) wait for answer(Reply) before next() goes on.
struct NeedInput {};                                         // write output(), then read more
struct HelloSaid { std::string name; bool extended; };       // (answer) 250 lets it be
struct TlsWanted {};                                         // write output(), shake hands, tls_started()
struct CredentialsGiven { std::string user; Secret password; std::string acting_for; };  // (answer) 235 or not
struct MailSaid { MailFrom mail; };                          // (answer)
struct RcptSaid { RcptTo rcpt; };                            // (answer)
struct ContentWanted {};                                     // (answer) 354: go ahead; else refused
struct ContentPiece { std::string_view octets; };            // good until the next call of room()
struct ContentEnded {};                                      // (answer) the 250 that promises
struct TransactionReset {};                                  // forget sender, recipients and content
struct Ended {                                               // write output(), then close
    enum class Why { quit, peer_closed, violation, limit, refused } why;
    std::string detail;
};
using ServerEvent = std::variant<NeedInput, HelloSaid, TlsWanted, CredentialsGiven, MailSaid, RcptSaid, ContentWanted,
                                 ContentPiece, ContentEnded, TransactionReset, Ended>;

// The server's side of one connection.
//
//   session.greet() or session.refuse(reply);
//   for (;;) { event = session.next(); … }
//
// output() collects replies, so that the answers to pipelined commands leave in one write; the owner
// writes it before it reads. TransactionReset is reported only when MAIL had been accepted.
class ServerSession {
public:
    explicit ServerSession(ServerProfile profile);

    void greet();                      // 220
    void refuse(const Reply& reply);   // 554 or 421 instead of a greeting; the session is over
    void shut_down(const Reply& reply);  // 421 at any time; the session is over

    [[nodiscard]] std::span<char> room();
    void received(std::size_t count) { buffer_.received(count); }
    void input_ended() { input_ended_ = true; }

    [[nodiscard]] ServerEvent next();
    void answer(const Reply& reply);
    void tls_started();

    [[nodiscard]] const std::string& output() const { return output_; }
    [[nodiscard]] std::string take_output() { return std::exchange(output_, {}); }

    [[nodiscard]] ServerProfile& profile() { return profile_; }
    [[nodiscard]] const std::string& hello_name() const { return hello_name_; }
    [[nodiscard]] bool is_extended() const { return extended_; }
    [[nodiscard]] const std::string& authenticated_user() const { return user_; }
    // Between transactions, waiting for a command: a good moment to end it politely.
    [[nodiscard]] bool is_idle() const { return state_ == State::command && !mail_accepted_ && awaited_ == Awaited::nothing; }
    [[nodiscard]] bool is_over() const { return state_ == State::over; }

private:
    enum class State { command, auth, data, chunk, over };
    enum class Awaited { nothing, hello, credentials, mail, rcpt, go_ahead, final };

    // commands (server_session.cpp)
    std::optional<ServerEvent> next_command();
    std::optional<ServerEvent> refuse_long_line(std::string_view waiting);
    std::optional<ServerEvent> run(const Command& command);
    std::optional<ServerEvent> run_hello(const Command& command);
    std::optional<ServerEvent> run_starttls(const Command& command);
    std::optional<ServerEvent> run_mail(const Command& command);
    std::optional<ServerEvent> run_rcpt(const Command& command);
    std::optional<ServerEvent> run_data(const Command& command);
    std::optional<ServerEvent> run_rset(const Command& command);
    std::optional<ServerEvent> run_quit(const Command& command);
    std::optional<ServerEvent> run_small_talk(const Command& command);
    [[nodiscard]] std::optional<Reply> find_mail_obstacle() const;
    [[nodiscard]] Capabilities offered() const;
    void answer_hello(const Reply& reply);

    // authentication (server_auth.cpp)
    std::optional<ServerEvent> run_auth(const Command& command);
    std::optional<ServerEvent> next_auth_line();
    std::optional<ServerEvent> follow_auth(SaslStep step);
    void answer_credentials(const Reply& reply);

    // content (server_content.cpp)
    std::optional<ServerEvent> run_bdat(const Command& command);
    std::optional<ServerEvent> begin_chunk();
    std::optional<ServerEvent> next_data();
    std::optional<ServerEvent> next_chunk();
    std::optional<ServerEvent> end_chunk();
    std::optional<ServerEvent> take_piece(std::string_view piece);
    std::optional<ServerEvent> break_off_content(TextScanner::Found found);
    std::optional<ServerEvent> give_up_content(Reply refusal);
    ServerEvent end_content();
    [[nodiscard]] std::optional<Reply> find_excess() const;
    void answer_go_ahead(const Reply& reply);

    // saying things
    void say(const Reply& reply);
    std::optional<ServerEvent> blame(const Reply& reply);  // say it and count it against the client
    ServerEvent end(Ended::Why why, std::string_view detail);
    ServerEvent end_with(const Reply& reply, Ended::Why why, std::string_view detail);
    ServerEvent await(Awaited what, ServerEvent event);
    bool forget_transaction();

    ServerProfile profile_;
    ReceiveBuffer buffer_;
    std::string output_;
    State state_ = State::command;
    Awaited awaited_ = Awaited::nothing;
    bool input_ended_ = false;
    bool greeted_ = false;
    bool skipping_line_ = false;
    std::optional<Ended> ended_;

    std::string hello_name_;  // empty: neither HELO nor EHLO was accepted
    std::string hello_offered_;
    bool extended_ = false;
    bool hello_offered_extended_ = false;
    std::string user_;
    std::string user_offered_;
    SaslServer sasl_;
    unsigned errors_ = 0;
    unsigned idle_commands_ = 0;
    unsigned transactions_ = 0;

    bool mail_accepted_ = false;
    bool smtputf8_ = false;
    unsigned recipients_ = 0;
    unsigned recipients_refused_ = 0;

    TextScanner scanner_{TextScanner::Framing::dots};
    std::optional<Reply> content_refusal_;  // what the client will hear when its content has passed by
    std::uint64_t discarded_bytes_ = 0;
    std::uint64_t chunk_left_ = 0;
    bool chunk_is_last_ = false;
    bool chunking_ = false;     // a BDAT of this transaction was accepted
    bool ending_line_ = false;  // the final CRLF was supplied by us
};

}  // namespace sealpost::smtp
