#pragma once

#include "sys/dns/resolver.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace sealpost::dns {

// A resolver that has answers at hand may be this, too: whoever asks much looks here first and spares
// the task, the copy and, where the resolver is a thread of its own, the way there and back.
class KnownAnswers {
public:
    KnownAnswers() = default;
    KnownAnswers(const KnownAnswers&) = delete;
    KnownAnswers& operator=(const KnownAnswers&) = delete;
    virtual ~KnownAnswers() = default;

    // Null: must be asked. `name` is normal (normalise_name). From any thread.
    [[nodiscard]] virtual std::shared_ptr<const Answer> find_known(std::string_view name, Type type) = 0;
};

struct CacheOptions {
    std::size_t max_answers = 20'000;
    std::size_t max_bytes = 32 * 1024 * 1024;  // of all answers
    std::size_t max_answer_bytes = 16 * 1024;  // of record data; longer answers are not kept
    std::chrono::seconds max_ttl{3600};
};

// Answers of another resolver, kept for their TTL, also those that say no; never a temporary failure.
// Shared by threads. Bounded: when it is full, what nobody asked for lately goes.
class CachedResolver final : public Resolver, public KnownAnswers {
public:
    explicit CachedResolver(Resolver& source, CacheOptions options = {});  // `source` outlives it

    Task<Answer> query(std::string name, Type type, Deadline deadline) override;
    std::shared_ptr<const Answer> find_known(std::string_view name, Type type) override;
    [[nodiscard]] std::size_t size() const;

private:
    struct Key {
        std::string_view name;  // in a map: of the entry itself
        Type type;
        bool operator==(const Key&) const = default;
    };
    struct HashKey {
        std::size_t operator()(const Key& key) const
        {
            return std::hash<std::string_view>()(key.name) * 31 + static_cast<std::size_t>(key.type);
        }
    };
    struct Entry {
        std::string name;
        Deadline::Clock::time_point until;
        Answer answer;
        [[nodiscard]] std::size_t bytes() const;
    };
    struct Half {
        std::unordered_map<Key, std::shared_ptr<const Entry>, HashKey> entries;
        std::size_t bytes = 0;
        void add(std::shared_ptr<const Entry> entry, Type type);
        std::shared_ptr<const Entry> remove(const Key& key);  // null: it was not there
    };
    struct Shelf {
        mutable std::mutex lock;
        Half newer;  // under lock
        Half older;  // under lock
    };

    std::shared_ptr<const Entry> find_entry(std::string_view name, Type type);
    void keep(std::string name, Type type, const Answer& answer);
    [[nodiscard]] bool is_full(const Half& half) const;
    Shelf& shelf_of(const Key& key) { return shelves_[HashKey()(key) / 64 % shelves_.size()]; }

    Resolver& source_;
    CacheOptions options_;
    std::array<Shelf, 8> shelves_;
};

}  // namespace sealpost::dns
