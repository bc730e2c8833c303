using System.Globalization;

namespace Homelab.Engine.Lab.Metrics;

/// <summary>An expression of the part of PromQL that the lab speaks.</summary>
internal abstract record PromNode
{
    private PromNode()
    {
    }

    public sealed record Number(double Value) : PromNode;

    /// <param name="Range">Null for the value at the moment.</param>
    public sealed record Selector(IReadOnlyList<LabelMatcher> Matchers, TimeSpan? Range, TimeSpan Offset) : PromNode;

    /// <summary>An expression evaluated every <paramref name="Step"/> within a range.</summary>
    public sealed record Subquery(PromNode Of, TimeSpan Range, TimeSpan Step) : PromNode;

    public sealed record Call(string Function, IReadOnlyList<PromNode> Arguments) : PromNode;

    /// <param name="Without">The labels are those left out, not those kept.</param>
    public sealed record Aggregate(string Function, IReadOnlyList<string> Labels, bool Without, PromNode? Parameter, PromNode Of) : PromNode;

    /// <param name="On">Labels that must be equal; null: all.</param>
    /// <param name="Ignoring">The labels of <paramref name="On"/> are those left out.</param>
    public sealed record Binary(string Operator, PromNode Left, PromNode Right, bool ReturnsBool, IReadOnlyList<string>? On, bool Ignoring) : PromNode;

    public sealed record Negative(PromNode Of) : PromNode;
}

internal sealed class PromException(string message) : Exception(message);

/// <summary>Reads PromQL: selectors, ranges, offsets, functions, aggregations, operators with matching on labels.</summary>
internal sealed class PromParser
{
    private static readonly HashSet<string> Aggregations = new(StringComparer.Ordinal) { "sum", "avg", "min", "max", "count", "topk", "bottomk", "quantile", "group" };

    private static readonly string[][] Levels = [["or"], ["and", "unless"], ["==", "!=", "<=", ">=", "<", ">"], ["+", "-"], ["*", "/", "%"], ["^"]];

    private readonly List<string> _tokens;
    private int _at;

    private PromParser(string text) => _tokens = Tokens(text);

    public static PromNode Parse(string text)
    {
        var parser = new PromParser(text);
        var node = parser.Expression(0);
        return parser._at == parser._tokens.Count ? node : throw new PromException($"unexpected '{parser._tokens[parser._at]}'");
    }

    private string? Peek => _at < _tokens.Count ? _tokens[_at] : null;

    private PromNode Expression(int level)
    {
        if (level == Levels.Length)
            return Unary();
        var left = Expression(level + 1);
        while (Peek is { } op && Levels[level].Contains(op.ToLowerInvariant()))
        {
            _at++;
            var returnsBool = Take("bool");
            IReadOnlyList<string>? on = null;
            var ignoring = false;
            if (Peek?.ToLowerInvariant() is "on" or "ignoring")
            {
                ignoring = string.Equals(_tokens[_at++], "ignoring", StringComparison.OrdinalIgnoreCase);
                on = Names();
                if (Peek?.ToLowerInvariant() is "group_left" or "group_right")
                {
                    _at++;
                    if (Peek == "(")
                        Names();
                }
            }

            left = new PromNode.Binary(op.ToLowerInvariant(), left, Expression(level + 1), returnsBool, on, ignoring);
        }

        return left;
    }

    private PromNode Unary()
    {
        if (Take("-"))
            return new PromNode.Negative(Unary());
        Take("+");
        return Primary();
    }

    private PromNode Primary()
    {
        var token = Peek ?? throw new PromException("the expression ends too early");
        if (Take("("))
        {
            var inner = Expression(0);
            Expect(")");
            return Peek == "[" ? Subquery(inner) : inner;
        }

        if (char.IsAsciiDigit(token[0]) || token[0] == '.')
        {
            _at++;
            return new PromNode.Number(double.Parse(token, CultureInfo.InvariantCulture));
        }

        if (token is "NaN" or "Inf")
        {
            _at++;
            return new PromNode.Number(token == "NaN" ? double.NaN : double.PositiveInfinity);
        }

        if (token == "{")
            return Selector(null);
        if (!char.IsLetter(token[0]) && token[0] is not ('_' or ':'))
            throw new PromException($"unexpected '{token}'");
        _at++;
        if (Aggregations.Contains(token) && Peek is "(" or "by" or "without")
            return Aggregation(token);
        return Peek == "(" ? new PromNode.Call(token, Arguments()) : Selector(token);
    }

    private PromNode.Aggregate Aggregation(string function)
    {
        var (labels, without) = Grouping();
        var arguments = Arguments();
        if (labels.Count == 0 && !without)
            (labels, without) = Grouping();
        return arguments.Count switch
        {
            1 => new PromNode.Aggregate(function, labels, without, null, arguments[0]),
            2 => new PromNode.Aggregate(function, labels, without, arguments[0], arguments[1]),
            _ => throw new PromException($"{function} takes one expression"),
        };
    }

    private (IReadOnlyList<string> Labels, bool Without) Grouping()
    {
        if (Peek?.ToLowerInvariant() is not ("by" or "without"))
            return ([], false);
        var without = _tokens[_at++].Equals("without", StringComparison.OrdinalIgnoreCase);
        return (Names(), without);
    }

    private List<PromNode> Arguments()
    {
        Expect("(");
        List<PromNode> arguments = [];
        while (!Take(")"))
        {
            arguments.Add(Expression(0));
            if (Peek != ")")
                Expect(",");
        }

        return arguments;
    }

    private PromNode.Selector Selector(string? name)
    {
        List<LabelMatcher> matchers = name is null ? [] : [new(SeriesLabels.Name, "=", name)];
        if (Take("{"))
        {
            while (!Take("}"))
            {
                var label = _tokens[_at++];
                var op = _tokens[_at++];
                matchers.Add(new(label, op is "=" or "!=" or "=~" or "!~" ? op : throw new PromException($"'{op}' does not compare labels"), Text(_tokens[_at++])));
                Take(",");
            }
        }

        TimeSpan? range = null;
        if (Take("["))
        {
            range = Duration(_tokens[_at++]);
            Expect("]");
        }

        var offset = Take("offset") ? Duration(_tokens[_at++]) : TimeSpan.Zero;
        return new PromNode.Selector(matchers, range, offset);
    }

    private PromNode.Subquery Subquery(PromNode of)
    {
        Expect("[");
        var window = _tokens[_at++].Split(':');
        Expect("]");
        return window is [var range, var step] ? new(of, Duration(range), step.Length == 0 ? TimeSpan.FromMinutes(1) : Duration(step)) : throw new PromException("a range of an expression is written as [1h:5m]");
    }

    private List<string> Names()
    {
        Expect("(");
        List<string> names = [];
        while (!Take(")"))
        {
            names.Add(_tokens[_at++]);
            Take(",");
        }

        return names;
    }

    private bool Take(string token)
    {
        if (!string.Equals(Peek, token, StringComparison.OrdinalIgnoreCase))
            return false;
        _at++;
        return true;
    }

    private void Expect(string token)
    {
        if (!Take(token))
            throw new PromException($"'{token}' is missing before '{Peek ?? "the end"}'");
    }

    /// <summary>5m, 1h30m, 90s, 1d.</summary>
    public static TimeSpan Duration(string text)
    {
        var (total, number) = (TimeSpan.Zero, 0.0);
        for (var index = 0; index < text.Length; index++)
        {
            if (char.IsAsciiDigit(text[index]))
            {
                number = (number * 10) + (text[index] - '0');
                continue;
            }

            var milli = text[index] == 'm' && index + 1 < text.Length && text[index + 1] == 's';
            total += text[index] switch
            {
                'm' when milli => TimeSpan.FromMilliseconds(number),
                's' => TimeSpan.FromSeconds(number),
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                'd' => TimeSpan.FromDays(number),
                'w' => TimeSpan.FromDays(number * 7),
                'y' => TimeSpan.FromDays(number * 365),
                _ => throw new PromException($"'{text}' is not a length of time"),
            };
            number = 0;
            if (milli)
                index++;
        }

        return total;
    }

    private static string Text(string token) => token.Length >= 2 && token[0] is '"' or '\'' or '`'
        ? token[0] == '`' ? token[1..^1] : token[1..^1].Replace("\\\\", "\\", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal)
        : throw new PromException($"'{token}' is not a text in quotes");

    private static List<string> Tokens(string text)
    {
        List<string> tokens = [];
        var at = 0;
        while (at < text.Length)
        {
            var letter = text[at];
            if (char.IsWhiteSpace(letter))
            {
                at++;
                continue;
            }

            if (letter == '#')
            {
                while (at < text.Length && text[at] != '\n')
                    at++;
                continue;
            }

            var start = at;
            if (letter is '"' or '\'' or '`')
            {
                at++;
                while (at < text.Length && text[at] != letter)
                    at += text[at] == '\\' && letter != '`' ? 2 : 1;
                at++;
                if (at > text.Length)
                    throw new PromException("a text in quotes does not end");
            }
            else if (char.IsLetterOrDigit(letter) || letter is '_' or ':' or '.')
            {
                while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or ':' or '.' || (text[at] is '+' or '-' && text[at - 1] is 'e' or 'E' && char.IsAsciiDigit(text[start]))))
                    at++;
            }
            else
            {
                at += at + 1 < text.Length && text.Substring(at, 2) is "==" or "!=" or "<=" or ">=" or "=~" or "!~" ? 2 : 1;
            }

            tokens.Add(text[start..at]);
        }

        return tokens;
    }
}
