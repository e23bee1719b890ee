#pragma once

#include "base/secret.hpp"
#include "wire/smtp/receive_buffer.hpp"
#include "wire/smtp/reply.hpp"
#include "wire/smtp/text_scanner.hpp"
#include "wire/smtp/transaction.hpp"

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sealpost::smtp {

// Where a dialogue stood. `connect` and `tls` (the handshake) are the owner's to report.
enum class Stage { connect, greeting, hello, starttls, tls, auth, mail, rcpt, data, content, quit };
[[nodiscard]] std::string_view format_stage(Stage stage);

// A failure as a value: the server said no (reply), or something is wrong (problem).
struct ClientFailure {
    Stage stage = Stage::connect;
    std::optional<Reply> reply;
    std::string problem;
};

struct OutgoingMail {
    MailFrom mail;                   // size, body, ret and envid go out when the server offers them
    std::vector<RcptTo> recipients;  // at least one
};

// What the server answered to each part of a transaction. A recipient's fate is `content` when its own
// reply is positive and `content` is there, else its own reply, else `mail`, else `problem`.
struct TransactionOutcome {
    std::optional<Reply> mail;
    std::vector<std::optional<Reply>> recipients;  // as in OutgoingMail
    std::optional<Reply> content;                  // to DATA, BDAT or the end of data
    Stage stage = Stage::mail;                     // where it ended
    std::string problem;                           // set when no reply explains the end
    bool may_have_arrived = false;                 // the end of the content was sent, and no answer came
    bool content_unfit = false;                    // the problem is our content, with any server
    bool usable = true;                            // another transaction may follow on this connection
};

struct ClientNeedsInput {};  // write output(), then read more
struct Greeted {
    Capabilities offered;
};                    // after EHLO or HELO, and again after TLS
struct TlsAgreed {};  // write nothing more in clear: shake hands, then tls_started()
struct Authenticated {};
struct ContentDue {};  // call content() or end_content(); output() may be written first
struct TransactionDone {
    TransactionOutcome outcome;
};
struct Farewell {};  // QUIT was answered, or the server closed instead
using ClientEvent =
    std::variant<ClientNeedsInput, Greeted, TlsAgreed, Authenticated, ContentDue, TransactionDone, Farewell, ClientFailure>;

// The client's side of one connection, for any number of transactions.
//
//   next() … Greeted → start_tls() … TlsAgreed → tls_started() … Greeted → authenticate() …
//   begin(mail) … ContentDue → content(piece)* end_content() … TransactionDone → begin … quit()
//
// After a ClientFailure at hello, starttls or auth the connection may be used on when the failure has
// a reply and is_usable() still says so; every other failure ends it.
class ClientSession {
public:
    explicit ClientSession(std::string helo_name, ReplyLimits limits = {});

    [[nodiscard]] std::span<char> room();
    void received(std::size_t count) { buffer_.received(count); }
    // No more will come; `problem` says why when it was not the server that closed.
    void input_ended(std::string problem = "the server closed the connection");

    [[nodiscard]] ClientEvent next();

    void start_tls();
    void tls_started();
    void authenticate(std::string_view user, const Secret& password);
    void begin(OutgoingMail mail);
    // Content in CRLF lines. A bare CR or LF or a NUL makes the transaction fail with a problem and
    // the connection unusable: half a message is never ended as if it were whole.
    void content(std::string_view piece);
    void end_content();
    void abandon(std::string problem);  // our content gave out: the transaction and the connection end here
    void quit();

    [[nodiscard]] const std::string& output() const { return output_; }
    [[nodiscard]] std::string take_output() { return std::exchange(output_, {}); }
    [[nodiscard]] const Capabilities& offered() const { return offered_; }
    // What the server calls itself: the first word of its answer to EHLO. May be empty.
    [[nodiscard]] const std::string& server_name() const { return server_name_; }
    [[nodiscard]] bool is_usable() const { return usable_; }
    [[nodiscard]] std::uint64_t replies() const { return replies_; }  // that came so far
    // Octets from the server that nothing asked for: a connection at rest is not to be used again.
    [[nodiscard]] bool has_unread_input() const { return !buffer_.empty(); }

private:
    enum class Expect { greeting, ehlo, helo, starttls, auth, rset, mail, rcpt, data, chunk, final, quit };
    using Step = std::optional<ClientEvent>;  // nothing: go round again

    Step step();
    Step take_reply(Expect expected, Reply reply);
    Step take_ehlo(const Reply& reply);
    Step take_starttls(Reply reply);
    ClientEvent fail(std::string problem);
    ClientEvent refuse(Expect expected, Reply reply);
    void send(std::string_view line, Expect reply);

    // transactions (client_transaction.cpp)
    Step take_transaction_reply(Expect expected, Reply reply);
    Step take_mail_reply(Reply reply);
    Step take_rcpt_reply(Reply reply);
    Step after_recipients();
    Step take_data_reply(Reply reply);
    Step take_content_reply(Expect expected, Reply reply);
    void send_envelope();
    void send_rcpt();
    void send_chunk(bool is_last);
    void append_stuffed(std::string_view piece);
    bool check_content(std::string_view piece);
    void refuse_content(std::string_view problem);
    ClientEvent finish();
    [[nodiscard]] bool any_recipient_accepted() const;
    [[nodiscard]] bool may_send_more() const;

    std::string helo_name_;
    ReplyLimits limits_;
    ReplyReader reader_;
    ReceiveBuffer buffer_;
    std::string output_;
    std::deque<Expect> expected_{Expect::greeting};  // the replies to come, in order
    std::optional<ClientEvent> ready_;               // found out without a reply
    bool input_ended_ = false;
    std::string input_problem_;
    bool usable_ = true;
    std::uint64_t replies_ = 0;
    bool needs_reset_ = false;  // the server still holds a transaction that we gave up
    Capabilities offered_;
    std::string server_name_;

    OutgoingMail mail_;
    std::optional<TransactionOutcome> outcome_;
    std::size_t rcpt_sent_ = 0;
    std::size_t rcpt_answered_ = 0;
    bool sending_content_ = false;
    TextScanner scanner_{TextScanner::Framing::counted};
    std::string held_;  // the latest piece: whether its chunk is the last one is known with the next call
    unsigned chunks_under_way_ = 0;
};

}  // namespace sealpost::smtp
