#include "sys/db/postgres_session.hpp"

#include "sys/db/postgres_sql.hpp"
#include "sys/db/postgres_url.hpp"
#include "sys/db/postgres_values.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>
#include <vector>

namespace sealpost::db {
namespace {

constexpr int binary = 1;

constexpr const char* system_authorities = "/etc/ssl/certs/ca-certificates.crt";  // of Debian's ca-certificates

// What a URL need not say. A server that is gone is noticed within seconds, and so is one of ours, by the server.
constexpr std::array<std::pair<const char*, const char*>, 9> defaults = {{{"connect_timeout", "5"},
                                                                          {"fallback_application_name", "sealpost"},
                                                                          {"keepalives_idle", "10"},
                                                                          {"keepalives_interval", "5"},
                                                                          {"keepalives_count", "3"},
                                                                          {"tcp_user_timeout", "20000"},
                                                                          {"client_encoding", "UTF8"},
                                                                          {"sslmode", "verify-full"},
                                                                          {"sslrootcert", system_authorities}}};

constexpr std::size_t defaults_for_tls = 2;  // the last ones: nobody stands between this program and a local server

// Whoever holds the turn and says nothing for ten seconds is cut off: its node is gone.
constexpr const char* settings =
    "set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '10s'; set standard_conforming_strings = on; "
    "set default_transaction_isolation = 'read committed'; set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; "
    "set tcp_keepalives_count = 3; "
    "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'";

constexpr const char* begin_in_turn = "begin; select id from store_turn where id = 1 for update";

// Of PostgreSQL's codes (appendix A of its manual): a standby, until it is promoted.
constexpr std::string_view read_only = "25006";
constexpr std::string_view data_corrupted = "XX001";
constexpr std::string_view index_corrupted = "XX002";

// Appendix A, too.
Fault fault_of(std::string_view state)
{
    const auto kind = state.substr(0, 2);
    for (const std::string_view temporary : {"08", "40", "53", "55", "57", "58"})
        if (kind == temporary) return Fault::retry_later;
    if (state == read_only || state == "25P03") return Fault::retry_later;  // 25P03: cut off for having said nothing
    if (kind == "28" || kind == "3D" || state == "42501") return Fault::config;
    return Fault::give_up;
}

// The first line: what follows may quote values.
std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

std::string field_of(const PGresult* result, int code)
{
    const char* text = PQresultErrorField(result, code);
    return text ? text : "";
}

Error error_of(const PGresult* result)
{
    const auto state = field_of(result, PG_DIAG_SQLSTATE);
    if (state.empty()) return {Fault::retry_later, "store: " + first_line(PQresultErrorMessage(result))};
    return {fault_of(state),
            "store: " + first_line(field_of(result, PG_DIAG_MESSAGE_PRIMARY)) + " (PostgreSQL code " + state + ")"};
}

struct Value {
    PostgresType type = PostgresType::text;  // unknown: null. Text: what is never bound, since the statement has no use for it
    std::string own;
    std::string_view octets;  // of `own`, or in place
};

}  // namespace

class PostgresSession::Prepared final : public PreparedStatement {
public:
    Prepared(PostgresSession& session, const std::string& sql) : session_(session), sql_(sql) {}

    void bind_integer(int index, std::int64_t value) override { keep(index, PostgresType::int8, encode_int8(value)); }
    void bind_text(int index, std::string_view text, bool in_place) override
    {
        if (!is_postgres_text(text)) {
            keep(index, PostgresType::text, make_postgres_text(text));
        } else {
            bind(index, PostgresType::text, text, in_place);
        }
    }
    void bind_blob(int index, ByteView bytes, bool in_place) override
    {
        bind(index, PostgresType::bytea, as_text(bytes), in_place);
    }
    void bind_null(int index) override { keep(index, PostgresType::unknown, {}); }

    Result<bool> step() override
    {
        if (!result_) {
            SEALPOST_CHECK(run());
        } else {
            ++row_;
        }
        return row_ < PQntuples(result_.get());
    }
    void rewind() override
    {
        result_.reset();
        values_.clear();
        row_ = 0;
    }

    bool is_null(int column) const override { return !has(column) || PQgetisnull(result_.get(), row_, column) != 0; }
    std::int64_t integer(int column) const override
    {
        if (!has(column)) return 0;
        const auto type = static_cast<PostgresType>(PQftype(result_.get(), column));
        if (type == PostgresType::text) {
            const auto text = bytes(column);
            std::int64_t value = 0;
            std::from_chars(text.data(), text.data() + text.size(), value);
            return value;
        }
        return is_null(column) ? 0 : decode_integer(type, bytes(column));
    }
    std::string_view bytes(int column) const override
    {
        if (is_null(column)) return {};
        return {PQgetvalue(result_.get(), row_, column), static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
    }

private:
    static std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
    [[nodiscard]] bool has(int column) const
    {
        return result_ && row_ < PQntuples(result_.get()) && column < PQnfields(result_.get());
    }
    Value& at(int index)
    {
        if (values_.size() < static_cast<std::size_t>(index)) values_.resize(static_cast<std::size_t>(index));
        return values_[static_cast<std::size_t>(index) - 1];
    }
    void keep(int index, PostgresType type, std::string octets)
    {
        Value& value = at(index);
        value.type = type;
        value.own = std::move(octets);
        value.octets = {};
    }
    void bind(int index, PostgresType type, std::string_view octets, bool in_place)
    {
        if (!in_place) return keep(index, type, std::string(octets));
        Value& value = at(index);
        value.type = type;
        value.octets = octets.empty() ? std::string_view("") : octets;
    }

    // The name of the statement for values of these types, prepared with the server at its first use.
    Result<std::string> find_name(const std::vector<Oid>& types)
    {
        std::string key = sql_;
        for (const auto type : types) key += "\x1f" + std::to_string(type);
        if (const auto known = session_.names_.find(key); known != session_.names_.end()) return known->second;
        auto name = "s" + std::to_string(session_.names_.size() + 1);
        const bool is_sent =
            PQsendPrepare(session_.connection_, name.c_str(), sql_.c_str(), static_cast<int>(types.size()), types.data()) == 1;
        SEALPOST_TRY(const auto prepared, session_.collect(is_sent));
        session_.names_.emplace(std::move(key), name);
        return name;
    }

    Result<> run()
    {
        std::vector<Oid> types;
        std::vector<const char*> texts;
        std::vector<int> lengths;
        for (const auto& value : values_) {
            const bool is_own = value.octets.data() == nullptr;
            types.push_back(static_cast<Oid>(value.type));
            texts.push_back(value.type == PostgresType::unknown ? nullptr : is_own ? value.own.data() : value.octets.data());
            lengths.push_back(static_cast<int>(is_own ? value.own.size() : value.octets.size()));
        }
        const std::vector<int> formats(values_.size(), binary);
        SEALPOST_TRY(const auto name, find_name(types));
        const bool is_sent = PQsendQueryPrepared(session_.connection_, name.c_str(), static_cast<int>(values_.size()),
                                                 texts.data(), lengths.data(), formats.data(), binary) == 1;
        SEALPOST_TRY(result_, session_.collect(is_sent));
        if (const std::string_view changed = PQcmdTuples(result_.get()); PQntuples(result_.get()) == 0) {
            session_.changes_ = 0;
            std::from_chars(changed.data(), changed.data() + changed.size(), session_.changes_);
        }
        return {};
    }

    PostgresSession& session_;
    const std::string& sql_;  // of the session's translations
    std::vector<Value> values_;
    Answer result_{nullptr, PQclear};
    int row_ = 0;
};

Result<std::unique_ptr<PostgresSession>> PostgresSession::open(const std::string& url)
{
    SEALPOST_TRY(const auto read, PostgresUrl::parse(url));
    std::vector<const char*> words, values;
    for (const auto& [word, value] : std::span(defaults).first(defaults.size() - (read.is_local ? defaults_for_tls : 0))) {
        words.push_back(word);
        values.push_back(value);
    }
    words.insert(words.end(), {"dbname", nullptr});  // what the URL says goes before what stands above
    values.insert(values.end(), {url.c_str(), nullptr});
    std::unique_ptr<PostgresSession> session(new PostgresSession(PQconnectdbParams(words.data(), values.data(), 1)));
    if (PQstatus(session->connection_) != CONNECTION_OK) {
        // libpq tells nobody why but people: it may be starting, full, or a standby, or it knows no such user.
        return Error{Fault::retry_later, first_line(PQerrorMessage(session->connection_))}.in("cannot open the store");
    }
    SEALPOST_CHECK(session->configure());
    return session;
}

PostgresSession::~PostgresSession() { PQfinish(connection_); }

Result<> PostgresSession::configure()
{
    PQsetNoticeProcessor(
        connection_, [](void*, const char*) {}, nullptr);
    SEALPOST_CHECK(ask(settings));
    SEALPOST_TRY(const auto fsync, ask("show fsync"));
    if (PQntuples(fsync.get()) == 1 && std::string_view(PQgetvalue(fsync.get(), 0, 0)) == "off")
        return Error{Fault::config, "the PostgreSQL server runs with fsync = off, and would lose mail: turn it on"};
    return {};
}

Result<> PostgresSession::make_turn()
{
    const auto make =
        ask("begin; create table if not exists store_turn (id bigint primary key); "
            "insert into store_turn (id) values (1) on conflict do nothing; commit");
    if (make.has_value()) return {};
    SEALPOST_CHECK(control("rollback"));
    // Two nodes that start at the same moment both make it, and one is refused.
    SEALPOST_TRY(const bool is_there, has_table("store_turn"));
    if (!is_there) return make.error();
    return {};
}

Error PostgresSession::lost_error() const { return {Fault::retry_later, "store: " + first_line(PQerrorMessage(connection_))}; }

Result<PostgresSession::Answer> PostgresSession::collect(bool is_sent, int seconds)
{
    if (!is_sent) return lost_error();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    Answer last(nullptr, PQclear), refusal(nullptr, PQclear);
    for (;;) {
        while (PQisBusy(connection_) == 1) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            pollfd socket{PQsocket(connection_), POLLIN, 0};
            const int wait = seconds == 0 ? -1 : static_cast<int>(std::max<std::int64_t>(left.count(), 0));
            if (const int ready = ::poll(&socket, 1, wait); ready == 0) {
                is_mute_ = true;
                return Error{Fault::retry_later, "store: the server does not answer"};
            }
            if (PQconsumeInput(connection_) == 0) return lost_error();
        }
        Answer answer(PQgetResult(connection_), PQclear);
        if (!answer) break;
        const auto status = PQresultStatus(answer.get());
        const bool is_good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        (is_good ? last : refusal) = std::move(answer);
    }
    const auto state = refusal ? field_of(refusal.get(), PG_DIAG_SQLSTATE) : std::string();
    is_of_a_standby_ = state == read_only;
    if (state == data_corrupted || state == index_corrupted) note_damage();
    if (refusal) return error_of(refusal.get());
    if (!last) return lost_error();
    return last;
}

Result<PostgresSession::Answer> PostgresSession::ask(const char* sql, int seconds)
{
    return collect(PQsendQuery(connection_, sql) == 1, seconds);
}

const std::string& PostgresSession::translate(std::string_view sql)
{
    const auto [place, is_new] = translated_.try_emplace(std::string(sql));
    if (is_new) place->second = to_postgres(sql);
    return place->second;
}

Statement PostgresSession::prepare(std::string_view sql) { return Statement(std::make_shared<Prepared>(*this, translate(sql))); }

Result<> PostgresSession::execute(std::string_view sql)
{
    SEALPOST_CHECK(ask(to_postgres_tables(sql).c_str(), 0));  // an index of a large table takes its time
    return {};
}

std::int64_t PostgresSession::last_insert_id()
{
    auto row = prepare("select lastval()");
    const auto is_row = row.step();
    return is_row.has_value() && *is_row ? row.column_int(0) : 0;
}

Result<bool> PostgresSession::has_table(std::string_view name)
{
    return prepare("select 1 from information_schema.tables where table_schema = current_schema() and table_name = ?")
        .bind(1, name)
        .step();
}

Result<> PostgresSession::begin_writing()
{
    SEALPOST_CHECK(begin(begin_in_turn));
    if (has_turn_) return {};
    // The row is gone: somebody emptied the table.
    SEALPOST_CHECK(control("rollback"));
    SEALPOST_CHECK(make_turn());
    SEALPOST_CHECK(begin(begin_in_turn));
    if (!has_turn_) return Error{Fault::config, "the table store_turn has no row, and cannot be given one"};
    return {};
}

Result<> PostgresSession::begin_reading() { return begin("begin isolation level repeatable read read only"); }

Result<> PostgresSession::begin(const char* sql)
{
    auto begun = is_lost() ? Result<Answer>(lost_error()) : ask(sql);
    // What is refused while the session lives will be refused again; but a server that has become a standby is left.
    if (begun.has_error() && !is_lost() && !is_of_a_standby_) {
        (void)ask("rollback");
        return begun.error();
    }
    if (begun.has_error()) {
        SEALPOST_CHECK(renew());
        begun = ask(sql);
    }
    if (begun.has_error()) return begun.error();
    has_turn_ = PQntuples(begun->get()) == 1;
    return {};
}

// A host that is not there costs the whole time for connecting: whoever waits behind one that has just paid it is told at once.
Result<> PostgresSession::renew()
{
    if (std::chrono::steady_clock::now() < next_renewal_) return lost_error();
    PQreset(connection_);
    is_mute_ = false;
    names_.clear();
    if (!is_lost()) return configure();
    next_renewal_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    return lost_error();
}

bool PostgresSession::is_lost() const { return is_mute_ || PQstatus(connection_) != CONNECTION_OK; }

Result<> PostgresSession::control(std::string_view sql)
{
    SEALPOST_TRY(const auto answer, ask(std::string(sql).c_str()));
    // A transaction that was broken is rolled back by "commit", which says so and does not fail.
    if (sql == "commit" && std::string_view(PQcmdStatus(answer.get())) != "COMMIT")
        return Error{Fault::retry_later, "the store gave up the commit"};
    return {};
}

Session::Transaction PostgresSession::transaction() const
{
    if (is_mute_) return Transaction::none;
    switch (PQtransactionStatus(connection_)) {
        case PQTRANS_INTRANS: return Transaction::open;
        case PQTRANS_INERROR: return Transaction::broken;
        default: return Transaction::none;
    }
}

}  // namespace sealpost::db
