#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "channel.hpp"
#include "message.hpp"
#include "options.hpp"

namespace mail_load {

// What one thread has seen.
struct Tally {
    long accepted = 0;  // messages answered with 250 behind the final dot
    long counted = 0;   // of these, those of the measured time
    long sessions = 0;  // that reached their end in the measured time
    long resumed = 0;
    double first_accept = 0;
    double last_accept = 0;
    std::vector<float> latencies;          // seconds from MAIL to that 250, of the counted
    std::map<std::string, long> failures;  // by the step and the reply

    [[nodiscard]] long count_failures() const;
};

// The failures as a JSON object, on standard output.
void print_failures(const Tally& tally);

// What all sessions of a run share.
struct Course {
    const Options& options;
    MessageMaker maker;
    TlsContext tls;
    double begin = 0;
    double count_from = 0;
    double end = 0;             // 0: only when the tickets are used up
    std::atomic<long> tickets;  // messages that may still be sent
    std::atomic<std::uint32_t> next_serial;

    explicit Course(const Options& asked);
    bool take_ticket()
    {
        if (tickets.fetch_sub(1) > 0) return true;
        return_ticket();
        return false;
    }
    void return_ticket() { tickets.fetch_add(1); }
    [[nodiscard]] bool has_more(double moment) const { return (end == 0 || moment < end) && tickets > 0; }
    [[nodiscard]] bool counts(double moment) const { return moment >= count_from && (end == 0 || moment <= end); }
};

// One session at a time; begins the next one when told.
class Client {
public:
    enum class State { busy, idle, done, failed };

    Client(Course& course, Tally& tally, const Poller& poller) : course_(course), tally_(tally), poller_(poller) {}

    void begin();
    State advance();
    // For the next session, which resumes this one.
    void keep(SSL_SESSION* ticket) { ticket_.reset(SSL_SESSION_dup(ticket)); }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool holds_ticket() const { return holds_ticket_; }  // for the message under way

private:
    enum class Step { connect, greeting, hello, starttls, shake, secure_hello, mail, rcpt, data, content, quit, idle };

    void answer(int code, std::string_view line);
    bool take_reply();
    void fail(std::string_view why);
    void begin_tls();
    bool shake_on();
    void ready_for_mail();
    void next_message();
    void say_recipient();
    void accepted();
    void quit();
    void watch();

    Course& course_;
    Tally& tally_;
    const Poller& poller_;
    std::unique_ptr<Channel> channel_;
    TlsSession ticket_;
    State state_ = State::done;
    Step step_ = Step::connect;
    std::uint32_t watched_ = 0;
    std::string heard_;
    bool may_pipeline_ = false;  // asked for, and offered by the server
    int messages_left_ = 0;
    int recipients_left_ = 0;
    bool holds_ticket_ = false;
    std::uint32_t serial_ = 0;
    double mail_at_ = 0;
};

}  // namespace mail_load
