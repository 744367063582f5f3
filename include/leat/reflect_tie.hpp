// Binds the fields of a plain aggregate to references: C++20 spells this one count at a time.
#pragma once

#include <cstddef>
#include <tuple>

namespace leat::detail {

/// The largest number of fields that a reflected struct may have.
inline constexpr std::size_t max_fields = 36;

/// References to the `Count` fields of `v`, in order. `v` must outlive the tuple.
// clang-format off
template <std::size_t Count, class T>
constexpr auto tie_fields(T& v) {
    static_assert(Count <= max_fields, "too many fields: group some of them into a struct");
    if constexpr (Count == 0) { return std::tuple<>(); }
    else if constexpr (Count == 1) { auto& [a] = v; return std::tie(a); }
    else if constexpr (Count == 2) { auto& [a,b] = v; return std::tie(a,b); }
    else if constexpr (Count == 3) { auto& [a,b,c] = v; return std::tie(a,b,c); }
    else if constexpr (Count == 4) { auto& [a,b,c,d] = v; return std::tie(a,b,c,d); }
    else if constexpr (Count == 5) { auto& [a,b,c,d,e] = v; return std::tie(a,b,c,d,e); }
    else if constexpr (Count == 6) { auto& [a,b,c,d,e,f] = v; return std::tie(a,b,c,d,e,f); }
    else if constexpr (Count == 7) { auto& [a,b,c,d,e,f,g] = v; return std::tie(a,b,c,d,e,f,g); }
    else if constexpr (Count == 8) {
        auto& [a,b,c,d,e,f,g,h] = v;
        return std::tie(a,b,c,d,e,f,g,h);
    }
    else if constexpr (Count == 9) {
        auto& [a,b,c,d,e,f,g,h,i] = v;
        return std::tie(a,b,c,d,e,f,g,h,i);
    }
    else if constexpr (Count == 10) {
        auto& [a,b,c,d,e,f,g,h,i,j] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j);
    }
    else if constexpr (Count == 11) {
        auto& [a,b,c,d,e,f,g,h,i,j,k] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k);
    }
    else if constexpr (Count == 12) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l);
    }
    else if constexpr (Count == 13) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m);
    }
    else if constexpr (Count == 14) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n);
    }
    else if constexpr (Count == 15) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o);
    }
    else if constexpr (Count == 16) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p);
    }
    else if constexpr (Count == 17) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q);
    }
    else if constexpr (Count == 18) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r);
    }
    else if constexpr (Count == 19) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s);
    }
    else if constexpr (Count == 20) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t);
    }
    else if constexpr (Count == 21) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u);
    }
    else if constexpr (Count == 22) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w);
    }
    else if constexpr (Count == 23) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x);
    }
    else if constexpr (Count == 24) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y);
    }
    else if constexpr (Count == 25) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z);
    }
    else if constexpr (Count == 26) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A);
    }
    else if constexpr (Count == 27) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B);
    }
    else if constexpr (Count == 28) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C);
    }
    else if constexpr (Count == 29) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D);
    }
    else if constexpr (Count == 30) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E);
    }
    else if constexpr (Count == 31) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F);
    }
    else if constexpr (Count == 32) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G);
    }
    else if constexpr (Count == 33) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H);
    }
    else if constexpr (Count == 34) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I);
    }
    else if constexpr (Count == 35) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I,J] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I,J);
    }
    else if constexpr (Count == 36) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I,J,K] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I,J,K);
    }
}
// clang-format on

}  // namespace leat::detail
