#pragma once

#include "wire/spf/evaluator.hpp"
#include "wire/spf/inquiry.hpp"
#include "wire/spf/macro.hpp"
#include "wire/spf/record.hpp"
#include "wire/spf/record_cache.hpp"
#include "wire/spf/subject.hpp"

#include <forward_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::spf {

// check_host() of RFC 7208 §4 without I/O. run() goes on until something must be asked; the answer is
// put in with take(), and so on until run() says that nothing is wanted:
//
//     while (walk.run()) walk.take(<answer to walk.wanted_name(), walk.wanted_type()>);
//
// Records that include others are a stack of frames. A term that lacks an answer is evaluated again when it
// has come, and goes on behind the hosts and names that it has looked at: an answer may hold thousands of
// addresses, which are compared once.
class Walk {
public:
    // Everything referred to outlives the walk.
    Walk(const Question& question, Identity identity, const Options& options, RecordCache& cache,
         dns::KnownAnswers* at_hand = nullptr);

    [[nodiscard]] bool run();  // true: something must be asked
    [[nodiscard]] const std::string& wanted_name() const { return inquiry_.wanted_name(); }
    [[nodiscard]] dns::Type wanted_type() const { return inquiry_.wanted_type(); }
    void take(dns::Answer answer) { inquiry_.take(std::move(answer)); }
    void give_up(std::string problem);   // no more answers will come: temperror
    [[nodiscard]] Report take_report();  // at the end, once

private:
    static constexpr std::size_t no_step = static_cast<std::size_t>(-1);

    enum class Stage { opening, walking, explaining, done };
    enum class Outcome { match, no_match, waiting, entered, temporary, permanent };
    enum class Naming { ready, waiting, malformed };
    enum class Counting { term, none };  // does a void answer count against the limit?

    struct Frame {
        std::shared_ptr<const Record> record;
        std::string_view domain;
        unsigned depth = 0;
        std::size_t next = 0;                   // the term under way
        std::vector<std::size_t> record_steps;  // in the trace: its record, and those that redirected to it
        std::size_t include_step = no_step;
    };

    // The record of a domain, as far as it is known.
    struct Opened {
        enum class State { waiting, found, none, temporary, permanent };
        State state = State::none;
        std::shared_ptr<const Record> record;
        std::string problem;
    };

    // How far the term under way has come in the hosts of its mx, or in the reverse names of its ptr.
    struct Progress {
        Inquiry::Known names;  // null: not known yet
        std::size_t next = 0;  // the first that was not looked at
    };

    // How far %{p} has come in the reverse names, of which those of a lower rank go first.
    struct Validation {
        Inquiry::Known names;
        int rank = 0;
        std::size_t next = 0;
        std::string found;  // empty: none so far
    };

    // walk.cpp: which term comes next, and what its outcome means
    bool advance();
    bool open_first();
    bool walk_on();
    bool end_record();
    bool settle(Outcome outcome);
    void leave(Verdict verdict);
    void decide(Verdict verdict);
    void fail(Verdict verdict);
    [[nodiscard]] bool begin_term(bool counts);
    Opened open(std::string_view domain, Counting counting);
    [[nodiscard]] Outcome push(Opened opened, std::size_t include_step);
    [[nodiscard]] Outcome replace(Opened opened);
    [[nodiscard]] Outcome open_frame(Frame& frame);
    bool explain();

    // terms.cpp: one term each
    Outcome evaluate(const Term& term);
    Outcome evaluate_network(const Term& term) const;
    Outcome evaluate_include(const Term& term);
    Outcome evaluate_redirect(const Modifier& redirect);
    Outcome evaluate_a(const Term& term);
    Outcome evaluate_mx(const Term& term);
    Outcome evaluate_ptr(const Term& term);
    Outcome evaluate_exists(const Term& term);
    Outcome look_at_addresses(std::string_view name, const Term& term);
    Naming name_target(const DomainSpec& spec);
    bool find_validated_name(std::string_view domain, std::string& name);
    bool find_validated_name_of_rank(std::string_view domain);
    [[nodiscard]] MacroValues macro_values(std::string_view validated_name);
    std::string_view keep_target();
    Inquiry::Known ask(std::string_view name, dns::Type type, Counting counting);
    [[nodiscard]] dns::Type family() const { return question_.ip.is_v4() ? dns::Type::a : dns::Type::aaaa; }

    // trace
    std::size_t note(const Frame& frame, std::string_view term, std::string_view asked, std::string_view outcome);
    void note_verdict(const Frame& frame, Verdict verdict);
    void note_outcome(std::size_t step, std::string_view outcome);
    void note_redirect(const Modifier& redirect);
    void note_term(const Frame& frame, std::string_view term, Outcome outcome);

    const Question& question_;
    const Options& options_;
    RecordCache& cache_;
    Subject subject_;
    Inquiry inquiry_;
    std::vector<Frame> frames_;
    std::vector<std::shared_ptr<const Record>> replaced_;  // by redirects; names may be views into them
    std::forward_list<std::string> names_;                 // that macros made, of frames
    Stage stage_ = Stage::opening;
    std::string_view target_;  // the name that the term under way asks for: in a record, or in expanded_
    std::string expanded_;
    std::string sender_;          // local part and domain, when a macro has asked for it
    std::string detail_;          // about the term under way, for people
    bool begun_ = false;          // the term under way has been counted
    bool term_was_void_ = false;  // and so has its void answer
    bool noted_ = false;          // the term under way stands in the trace
    Progress progress_;           // of the term under way
    Validation validation_;       // the same
    Report report_;
};

}  // namespace sealpost::spf
