#pragma once

#include "sys/db/session.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

struct pg_conn;
struct pg_result;

namespace sealpost::db {

// One session with a PostgreSQL server, by libpq. Used by one thread at a time. A session that is lost shows as
// Fault::retry_later, and is made anew at the next begin.
class PostgresSession final : public Session {
public:
    [[nodiscard]] static Result<std::unique_ptr<PostgresSession>> open(const std::string& url);
    ~PostgresSession() override;
    PostgresSession(const PostgresSession&) = delete;
    PostgresSession& operator=(const PostgresSession&) = delete;

    Statement prepare(std::string_view sql) override;
    Result<> execute(std::string_view sql) override;
    std::int64_t last_insert_id() override;
    int changes() const override { return changes_; }
    Result<bool> has_table(std::string_view name) override;
    Result<> overwrite_deleted() override { return {}; }
    Result<std::int64_t> reusable_bytes() override { return 0; }

    Result<> begin_writing() override;
    Result<> begin_reading() override;
    Result<> control(std::string_view sql) override;
    Transaction transaction() const override;

    // Makes what the store itself needs: who writes takes the row of store_turn.
    Result<> make_turn();

private:
    class Prepared;
    using Answer = std::unique_ptr<pg_result, void (*)(pg_result*)>;

    explicit PostgresSession(pg_conn* connection) : connection_(connection) {}
    Result<> configure();
    Result<> begin(const char* sql);
    Result<> renew();  // the session, when it is lost
    [[nodiscard]] bool is_lost() const;
    // One or more statements, as text; the answer to the last. Its server must say something within `seconds`; 0: whenever.
    Result<Answer> ask(const char* sql, int seconds = answer_seconds);
    Result<Answer> collect(bool is_sent, int seconds = answer_seconds);  // what the server says to what was sent
    [[nodiscard]] Error lost_error() const;
    const std::string& translate(std::string_view sql);

    static constexpr int answer_seconds = 60;

    pg_conn* connection_;
    bool is_mute_ = false;          // it was asked, and did not answer in time
    bool is_of_a_standby_ = false;  // its last refusal: writing is for another server
    bool has_turn_ = false;
    std::chrono::steady_clock::time_point next_renewal_;  // not before
    int changes_ = 0;
    std::unordered_map<std::string, std::string> translated_;  // by the rooms' SQL
    std::unordered_map<std::string, std::string> names_;       // of prepared statements, by their SQL and types
};

}  // namespace sealpost::db
