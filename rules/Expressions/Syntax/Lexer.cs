using System.Globalization;
using System.Text;

namespace Homelab.Rules.Expressions.Syntax;

/// <summary>
/// Splits the text into tokens. Whether <c>[</c>, <c>!</c> or <c>not</c> begins an operand or follows one is known from
/// the token before, so that both dialects need one pass and no feedback from the parser.
/// </summary>
internal sealed class Lexer(string text, ExpressionOptions options, Action<int, string, string?> report)
{
    private readonly NumberReader _numbers = new(text, options);
    private readonly List<Token> _tokens = [];
    private int _at;

    public List<Token> Read()
    {
        while (true)
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
                _at++;
            if (_at >= text.Length)
                break;
            ReadToken();
        }

        _tokens.Add(new Token(TokenKind.End, text.Length, 0));
        return _tokens;
    }

    private bool AfterOperand => _tokens.Count > 0 && _tokens[^1].Kind is TokenKind.Literal or TokenKind.Name
        or TokenKind.BracketedName or TokenKind.CloseParen or TokenKind.CloseBracket or TokenKind.CloseBrace or TokenKind.Factorial;

    private bool AfterDot => _tokens.Count > 0 && _tokens[^1].Kind is TokenKind.Dot or TokenKind.NullDot;

    private char Peek(int offset = 1) => _at + offset < text.Length ? text[_at + offset] : '\0';

    private void ReadToken()
    {
        var afterOperand = AfterOperand;
        var c = text[_at];

        if (!afterOperand && !AfterDot && (ReadGuid() || ReadNumber(c)))
            return;
        if (IsNameStart(c))
        {
            ReadWord(afterOperand);
            return;
        }

        switch (c)
        {
            case '\'' or '"':
                ReadText(c);
                break;
            case '#' when !afterOperand:
                ReadDate();
                break;
            case '[' when !afterOperand:
                ReadBracketed(']');
                break;
            case '{' when !afterOperand:
                ReadBracketed('}');
                break;
            default:
                ReadSymbol(c, afterOperand);
                break;
        }
    }

    private bool ReadNumber(char c)
    {
        var digits = char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek()));
        var signed = !options.IsRules && c == '+' && (char.IsAsciiDigit(Peek()) || (Peek() == '.' && char.IsAsciiDigit(Peek(2))));
        if (!digits && !signed)
            return false;

        var start = _at;
        var value = _numbers.Read(ref _at, out var problem);
        if (problem is not null)
            report(start, problem, "a number");
        Add(TokenKind.Literal, start, value);
        return true;
    }

    /// <summary>NCalc reads 32 hexadecimal digits, with hyphens or not, as an identifier of type Guid.</summary>
    private bool ReadGuid()
    {
        if (options.IsRules || !char.IsAsciiHexDigit(text[_at]))
            return false;

        var rest = text.AsSpan(_at);
        if (rest.Length >= 36 && Guid.TryParseExact(rest[..36], "D", out var hyphened) && !IsWordAt(_at + 36))
        {
            _at += 36;
            Add(TokenKind.Literal, _at - 36, hyphened);
            return true;
        }

        if (rest.Length < 32 || !Guid.TryParseExact(rest[..32], "N", out var plain) || IsWordAt(_at + 32) || (rest.Length > 32 && rest[32] == '.'))
            return false;
        _at += 32;
        Add(TokenKind.Literal, _at - 32, plain);
        return true;
    }

    private bool IsWordAt(int index) => index < text.Length && (char.IsLetterOrDigit(text[index]) || text[index] == '_');

    private static bool IsNameStart(char c) => char.IsLetter(c) || c is '_' or '$' or '@';

    private void ReadWord(bool afterOperand)
    {
        var start = _at;
        while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] is '_' or '$' or '@'))
            _at++;
        var word = text[start.._at];

        if (AfterDot)
            Add(TokenKind.Name, start, word);
        else if (afterOperand && Keywords.Operator(word, options.IsRules) is { } found)
            AddOperator(start, found);
        else if (afterOperand && Is(word, "not") && NotFollowedBy() is { } negated)
            Add(TokenKind.Binary, start, null, negated);
        else if (!afterOperand && Is(word, "not"))
            Add(TokenKind.Not, start);
        else if (Is(word, "true") || Is(word, "false"))
            Add(TokenKind.Literal, start, Is(word, "true"));
        else
            Add(TokenKind.Name, start, options.IsRules ? word.TrimStart('@') : word);
    }

    private void AddOperator(int start, BinaryOperator found) => Add(TokenKind.Binary, start, null, found);

    private BinaryOperator? NotFollowedBy()
    {
        var at = _at;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        var start = at;
        while (at < text.Length && char.IsLetter(text[at]))
            at++;
        BinaryOperator? found = text.AsSpan(start, at - start) switch
        {
            var w when w.Equals("in", StringComparison.OrdinalIgnoreCase) => BinaryOperator.NotIn,
            var w when w.Equals("like", StringComparison.OrdinalIgnoreCase) => BinaryOperator.NotLike,
            _ => null,
        };
        if (found is not null)
            _at = at;
        return found;
    }

    private static bool Is(string word, string keyword) => word.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    private void ReadText(char quote)
    {
        var start = _at++;
        var value = new StringBuilder();
        while (true)
        {
            if (_at >= text.Length || (!options.IsRules && text[_at] is '\r' or '\n'))
            {
                report(start, "Unterminated string literal", $"a closing {quote}");
                _at = text.Length;
                Add(TokenKind.Literal, start, value.ToString());
                return;
            }

            var c = text[_at++];
            if (c == quote)
                break;
            if (c == '\\' && _at < text.Length)
                ReadEscape(value);
            else
                value.Append(c);
        }

        AddText(quote, start, value.ToString());
    }

    private void AddText(char quote, int start, string value)
    {
        if (quote == '\'' && options.IsRules)
        {
            if (value.Length != 1)
                report(start, "Character literal must contain exactly one character", "text in double quotes");
            Add(TokenKind.Literal, start, value.Length == 1 ? value[0] : value);
            return;
        }

        Add(TokenKind.Literal, start, quote == '\'' && options.AllowCharValues && value.Length == 1 ? value[0] : value);
    }

    private void ReadEscape(StringBuilder value)
    {
        var c = text[_at++];
        switch (c)
        {
            case '\\' or '\'' or '"':
                value.Append(c);
                break;
            case 'n':
                value.Append('\n');
                break;
            case 'r':
                value.Append('\r');
                break;
            case 't':
                value.Append('\t');
                break;
            case 'b':
                value.Append('\b');
                break;
            case 'f':
                value.Append('\f');
                break;
            case '0' when options.IsRules:
                value.Append('\0');
                break;
            case 'u' when _at + 4 <= text.Length
                && ushort.TryParse(text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                value.Append((char)code);
                _at += 4;
                break;
            default:
                if (options.IsRules)
                    report(_at - 2, $"Unknown escape sequence '\\{c}'", "one of \\\\ \\' \\\" \\n \\r \\t \\b \\f \\0 \\uXXXX");
                value.Append('\\').Append(c);
                break;
        }
    }

    private void ReadDate()
    {
        var start = _at;
        var close = text.IndexOf('#', start + 1);
        if (close < 0)
        {
            report(start, "Date not closed", "a closing #");
            _at = text.Length;
            Add(TokenKind.Literal, start);
            return;
        }

        _at = close + 1;
        var value = DateLiteral.Read(text.AsSpan(start + 1, close - start - 1), options.Culture);
        if (value is null)
            report(start, $"'{text[start.._at]}' is not a date or time of the culture '{options.Culture.Name}'", DateLiteral.Expected(options.Culture));
        Add(TokenKind.Literal, start, value);
    }

    private void ReadBracketed(char closing)
    {
        var start = _at;
        var close = text.IndexOf(closing, start + 1);
        if (close < 0)
        {
            report(start, "Brace not closed.", $"a closing {closing}");
            close = text.Length;
        }

        var name = text[(start + 1)..close];
        _at = Math.Min(close + 1, text.Length);
        Add(TokenKind.BracketedName, start, name);
    }

    private void ReadSymbol(char c, bool afterOperand)
    {
        var (kind, op, length) = Symbols.Read(c, Peek(), Peek(2), afterOperand, options.IsRules);
        var start = _at;
        _at += length;
        Add(kind, start, null, op);
    }

    private void Add(TokenKind kind, int start, object? value = null, BinaryOperator op = default) =>
        _tokens.Add(new Token(kind, start, _at - start, value, op));
}
