#!/bin/sh
# Converts Mozilla's certdata.txt to the C file that src/net/roots.h declares.
# usage: roots.sh CERTDATA ROOTS.HEX > roots.c
#
# Includes each certificate that certdata.txt trusts to issue server certificates, as Debian's
# package does. Only validity, key and a hash of the subject are kept, a third of the certificates'
# size; src/net/roots.h says why that is enough. ROOTS.HEX gets the whole certificates, for tests.
set -eu
export LC_ALL=C

certdata=$1
certificates=$2
tab=$(printf '\t')

# One line per root: subject in hex, a tab, the certificate in hex. Certificates and trust records
# belong together by issuer and serial number.
roots_as_hex() {
    awk '
    BEGIN {
        for (i = 0; i < 256; i++) {
            hex[sprintf("%03o", i)] = sprintf("%02x", i)
        }
    }
    /^CKA_CLASS/ { class = $3 }
    /MULTILINE_OCTAL/ { name = $1; text = ""; inside = 1; next }
    inside && /^END/ {
        inside = 0
        value[name] = text
        if (name == "CKA_VALUE" && class == "CKO_CERTIFICATE") {
            key[++count] = value["CKA_ISSUER"] "/" value["CKA_SERIAL_NUMBER"]
            subject[count] = value["CKA_SUBJECT"]
            der[count] = text
        }
        next
    }
    inside {
        n = split($0, octal, "\\")
        for (i = 2; i <= n; i++) {
            text = text hex[substr(octal[i], 1, 3)]
        }
        next
    }
    /^CKA_TRUST_SERVER_AUTH/ && class == "CKO_NSS_TRUST" && $3 == "CKT_NSS_TRUSTED_DELEGATOR" {
        trusted[value["CKA_ISSUER"] "/" value["CKA_SERIAL_NUMBER"]] = 1
    }
    END {
        for (i = 1; i <= count; i++) {
            if (key[i] in trusted) {
                print subject[i] "\t" der[i]
            }
        }
    }' "$certdata"
}

# One line per root: hash of the subject, validity in seconds since 1970, kind of the key, the key and
# the subject in hex.
rows_of_roots() {
    awk -F "$tab" '
    function fail(what) {
        print "roots.sh: root " NR ": " what > "/dev/stderr"
        exit 1
    }
    # The byte of $2 whose first digit is at position at.
    function byte(at) {
        return 16 * (index("0123456789abcdef", substr($2, at, 1)) - 1) + \
            index("0123456789abcdef", substr($2, at + 1, 1)) - 1
    }
    # DER: the number of digits of tag and length, for a value whose tag is at position at.
    function head(at) {
        return byte(at + 2) < 128 ? 4 : 4 + 2 * (byte(at + 2) - 128)
    }
    # The position of the next value.
    function next_value(at, len, i) {
        len = byte(at + 2)
        if (len >= 128) {
            len = 0
            for (i = at + 4; i < at + head(at); i += 2) {
                len = 256 * len + byte(i)
            }
        }
        return at + head(at) + 2 * len
    }
    # As in src/net/root_certificate.c. Numbers up to 2^53 are exact.
    function hash(at, end, sum) {
        sum = 0
        for (; at < end; at += 2) {
            sum = (sum * 65599 + byte(at)) % 4294967296
        }
        return sum
    }
    # The number of so many decimal digits.
    function number(at, digits, sum) {
        sum = 0
        for (; digits > 0; digits--) {
            sum = 10 * sum + byte(at) - 48
            at += 2
        }
        return sum
    }
    # RFC 5280, 4.1.2.5: a UTCTime is from 1950 to 2049. Days are counted from the first of March.
    function seconds(at, year, month, days, result) {
        if (substr($2, at, 4) == "170d") {
            year = number(at + 4, 2)
            year += year < 50 ? 2000 : 1900
            at += 8
        } else if (substr($2, at, 4) == "180f") {
            year = number(at + 4, 4)
            at += 12
        } else {
            fail("its validity is neither a UTCTime nor a GeneralizedTime")
        }
        month = number(at, 2)
        if (month < 3) {
            month += 12
            year--
        }
        days = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + \
            int((153 * (month - 3) + 2) / 5) + number(at + 4, 2) - 719469
        result = ((24 * days + number(at + 8, 2)) * 60 + number(at + 12, 2)) * 60 + \
            number(at + 16, 2)
        if (substr($2, at + 20, 2) != "5a" || result < 0 || result >= 4294967296) {
            fail("its validity does not end with Z or is not from 1970 to 2106")
        }
        return result
    }
    # SubjectPublicKeyInfo in hex (RFC 3279, 2.3.1; RFC 5480): kind and essence of the key.
    function short_key(key, modulus) {
        modulus = substr(key, 67, length(key) - 76)
        if (match(key, /^3082....300d06092a864886f70d01010105000382....003082....0282....00/) &&
            substr(key, length(key) - 9) == "0203010001" &&
            sprintf("%04x", length(modulus) / 2 + 1) == substr(key, 61, 4)) {
            return "NET_ROOT_RSA" FS modulus
        }
        if (match(key, /^3059301306072a8648ce3d020106082a8648ce3d03010703420004/)) {
            return "NET_ROOT_P256" FS substr(key, 55)
        }
        if (match(key, /^3076301006072a8648ce3d020106052b8104002203620004/)) {
            return "NET_ROOT_P384" FS substr(key, 49)
        }
        return "NET_ROOT_WHOLE" FS key
    }
    # RFC 5280, 4.1: version, serial number, signature algorithm and issuer come first.
    {
        at = 1 + head(1)
        at += head(at)
        if (substr($2, at, 2) == "a0") {
            at = next_value(at)
        }
        validity = next_value(next_value(next_value(at)))
        subject = next_value(validity)
        key = next_value(subject)
        if (substr($2, subject, length($1)) != $1 || key != subject + length($1)) {
            fail("its certificate is not laid out as RFC 5280 says")
        }
        from = validity + head(validity)
        printf "%010.0f\t%.0f\t%.0f\t%s\t%s\n", hash(subject, key), seconds(from),
            seconds(next_value(from)), short_key(substr($2, key, next_value(key) - key)), $1
    }'
}

rows_as_c() {
    awk -F "$tab" '
    BEGIN {
        offset = 0
        print "/* Generated by vendor/roots.sh. */"
        print "#include \"net/roots.h\"\n"
        print "const unsigned char net_roots_keys[] = {"
    }
    {
        n = length($5) / 2
        if ($1 == last && $6 != subject) {
            print "roots.sh: two subjects have the hash " $1 > "/dev/stderr"
            exit 1
        }
        if (n >= 4096 || offset >= 262144) {
            print "roots.sh: the numbers do not fit into struct net_root" > "/dev/stderr"
            exit 1
        }
        last = $1
        subject = $6
        sub(/^0+/, "", $1)
        row[NR] = "    {" $1 "u, " $2 "u, " $3 "u, " $4 ", " n ", " offset "},"
        offset += n
        line = ""
        for (i = 1; i < 2 * n; i += 2) {
            line = line "0x" substr($5, i, 2) ","
            if (length(line) >= 95) {
                print line
                line = ""
            }
        }
        print line
    }
    END {
        print "};\n\nconst struct net_root net_roots_index[] = {"
        for (i = 1; i <= NR; i++) {
            print row[i]
        }
        print "};\n\nconst size_t net_roots_count = " NR ";"
    }'
}

roots_as_hex | sort -u >"$certificates"
rows=$(rows_of_roots <"$certificates")
printf '%s\n' "$rows" | sort | rows_as_c
