using static Homelab.Rules.Expressions.Syntax.ExpressionNode;

namespace Homelab.Rules.Expressions.Syntax;

/// <summary>
/// Reads tokens into a tree by precedence. After an error inside brackets it goes on behind them, so that one reading
/// finds as many errors as it can.
/// </summary>
internal sealed partial class Parser
{
    private const int MaxErrors = 20;
    private readonly string _text;
    private readonly ExpressionOptions _options;
    private readonly List<ExpressionError> _errors = [];
    private readonly List<Token> _tokens;
    private int _index;
    private int _depth;
    private int _nodes;

    public Parser(string text, ExpressionOptions options)
    {
        _text = text;
        _options = options;
        _tokens = text.Length > options.Limits.MaxLength
            ? Refuse(text.Length)
            : new Lexer(text, options, (position, message, expected) => Report(position, message, expected)).Read();
    }

    private Token Current => _tokens[_index];

    public IReadOnlyList<ExpressionError> Errors => _errors;

    /// <summary>True when the tree is whole and only what follows it is wrong.</summary>
    public bool OnlyTrailing { get; private set; }

    public ExpressionNode? Parse()
    {
        if (_errors.Count > 0 && _tokens.Count == 1)
            return null;

        var lexical = _errors.Count;
        try
        {
            var tree = ParseExpression();
            if (Current.Kind != TokenKind.End && (_errors.Count == 0 || lexical == 0))
            {
                OnlyTrailing = _errors.Count == 0;
                Report(Current.Position, "Syntax error", "an operator or the end", Describe(Current));
            }

            return _errors.Count == 0 || OnlyTrailing ? tree : null;
        }
        catch (ParseAbort)
        {
            return null;
        }
        finally
        {
            _errors.Sort((left, right) => left.Position.CompareTo(right.Position));
        }
    }

    private List<Token> Refuse(int length)
    {
        Report(0, $"The expression has {length} characters; at most {_options.Limits.MaxLength} are allowed");
        return [new Token(TokenKind.End, 0, 0)];
    }

    private ExpressionNode ParseExpression()
    {
        if (++_depth > _options.Limits.MaxDepth)
            throw Abort(Current, $"The expression is nested more than {_options.Limits.MaxDepth} deep", null);

        if (IsLambdaAhead())
        {
            var lambda = ParseLambda();
            _depth--;
            return lambda;
        }

        var result = ParseBinary(Precedence.Lowest);
        if (Current.Kind == TokenKind.Question)
        {
            var question = Take();
            var then = ParseExpression();
            Expect(TokenKind.Colon, "':' expected", "':' and the value otherwise");
            var otherwise = ParseExpression();
            result = Node(new Conditional(result, then, otherwise) { Position = question.Position }, result, then, otherwise);
        }

        _depth--;
        return result;
    }

    private bool IsLambdaAhead()
    {
        if (Current.Kind == TokenKind.Name && _tokens[_index + 1].Kind == TokenKind.Arrow)
            return true;
        if (Current.Kind != TokenKind.OpenParen)
            return false;

        var at = _index + 1;
        while (_tokens[at].Kind is TokenKind.Name or TokenKind.Comma)
            at++;
        return at > _index + 1 && _tokens[at].Kind == TokenKind.CloseParen && _tokens[at + 1].Kind == TokenKind.Arrow;
    }

    private Lambda ParseLambda()
    {
        var start = Current.Position;
        List<string> parameters = [];
        while (Current.Kind != TokenKind.Arrow)
        {
            var token = Take();
            if (token.Kind == TokenKind.Name)
                parameters.Add((string)token.Value!);
        }

        Take();
        var body = ParseExpression();
        return Node(new Lambda(parameters, body) { Position = start }, body);
    }

    private ExpressionNode ParseBinary(int lowest)
    {
        var left = ParseUnary();
        while (Current.Kind is TokenKind.Binary or TokenKind.Minus)
        {
            var level = Precedence.Of(Current.Operator, _options.IsRules);
            if (level < lowest || Current.Operator == BinaryOperator.Power)
                return left;

            var token = Take();
            var right = token.Operator is BinaryOperator.In or BinaryOperator.NotIn && Current.Kind == TokenKind.OpenParen && _options.IsRules
                ? ParseInList()
                : ParseBinary(Precedence.IsRightAssociative(token.Operator) ? level : level + 1);
            left = Node(new Binary(token.Operator, left, right, Source(token)) { Position = token.Position }, left, right);
        }

        return left;
    }

    /// <summary>In rules <c>x in (1)</c> is a list of one, not 1 in brackets.</summary>
    private List ParseInList()
    {
        var open = Take();
        var items = ParseArguments(TokenKind.CloseParen);
        return Node(new List(items) { Position = open.Position }, items);
    }

    private ExpressionNode ParseUnary()
    {
        UnaryOperator? op = Current.Kind switch
        {
            TokenKind.Not => UnaryOperator.Not,
            TokenKind.Minus => UnaryOperator.Negate,
            TokenKind.BitwiseNot => UnaryOperator.BitwiseNot,
            _ => null,
        };
        if (op is null)
            return ParsePower();

        if (++_depth > _options.Limits.MaxDepth)
            throw Abort(Current, $"The expression is nested more than {_options.Limits.MaxDepth} deep", null);
        var token = Take();
        var operand = ParseUnary();
        _depth--;
        if (op == UnaryOperator.Negate && _options.IsRules && operand is Literal { Value: not null } literal && Negated(literal.Value) is { } negative)
            return Node(new Literal(negative) { Position = token.Position });
        return Node(new Unary(op.Value, operand, Source(token)) { Position = token.Position }, operand);
    }

    private static object? Negated(object value) => value switch
    {
        int i => -i,
        uint u => u == 2147483648u ? int.MinValue : -(long)u,
        long l => -l,
        ulong u when u == 9223372036854775808ul => long.MinValue,
        double d => -d,
        float f => -f,
        decimal m => -m,
        _ => null,
    };

    private ExpressionNode ParsePower()
    {
        var left = ParsePostfix();
        if (Current.Kind != TokenKind.Binary || Current.Operator != BinaryOperator.Power)
            return left;

        if (++_depth > _options.Limits.MaxDepth)
            throw Abort(Current, $"The expression is nested more than {_options.Limits.MaxDepth} deep", null);
        var token = Take();
        ExpressionNode right;
        if (Current.Kind == TokenKind.Minus && _tokens[_index + 1] is { Kind: TokenKind.Literal } number && number.Position == Current.End)
        {
            var minus = Take();
            var operand = ParsePower();
            right = Node(new Unary(UnaryOperator.Negate, operand, "-") { Position = minus.Position }, operand);
        }
        else
        {
            right = ParsePower();
        }

        _depth--;
        return Node(new Binary(BinaryOperator.Power, left, right, "**") { Position = token.Position }, left, right);
    }

    private ExpressionNode ParsePostfix()
    {
        var result = ParsePrimary();
        while (true)
        {
            switch (Current.Kind)
            {
                case TokenKind.Factorial:
                    result = Node(new Unary(UnaryOperator.Factorial, result, "!") { Position = Take().Position }, result);
                    break;
                case TokenKind.Dot or TokenKind.NullDot:
                    result = ParseMember(result);
                    break;
                case TokenKind.OpenBracket:
                    var open = Take();
                    var arguments = ParseArguments(TokenKind.CloseBracket);
                    if (arguments.Count == 0)
                        Report(open.Position, "Expression expected", "an index or a key", "]");
                    result = Node(new ExpressionNode.Index(result, arguments) { Position = open.Position }, [result, .. arguments]);
                    break;
                default:
                    return result;
            }
        }
    }

    private ExpressionNode ParseMember(ExpressionNode target)
    {
        var dot = Take();
        if (Current.Kind is not (TokenKind.Name or TokenKind.BracketedName))
            throw Abort(Current, "Identifier expected", "the name of a member");

        var name = Take();
        var id = (string)name.Value!;
        var nullSafe = dot.Kind == TokenKind.NullDot;
        if (Current.Kind != TokenKind.OpenParen)
            return Node(new Member(target, id, nullSafe) { Position = name.Position }, target);

        Take();
        var arguments = ParseArguments(TokenKind.CloseParen);
        return Node(new Call(target, id, arguments, nullSafe) { Position = name.Position }, [target, .. arguments]);
    }

    /// <summary>Comma-separated values up to and with the closing token. Errors inside one do not hide those of the next.</summary>
    private List<ExpressionNode> ParseArguments(TokenKind closing, bool group = false)
    {
        List<ExpressionNode> arguments = [];
        if (Current.Kind == closing)
        {
            Take();
            return arguments;
        }

        while (true)
        {
            var depth = _depth;
            try
            {
                arguments.Add(ParseExpression());
                if (Current.Kind is not TokenKind.Comma && Current.Kind != closing)
                    throw Abort(Current, group ? "')' or operator expected" : Closing(closing), $"',' or {Quote(closing)}");
            }
            catch (ParseAbort) when (_errors.Count < MaxErrors && _nodes <= _options.Limits.MaxNodes)
            {
                _depth = depth;
                if (!SkipTo(closing))
                    throw;
                arguments.Add(new Literal(null));
            }

            if (Take().Kind == closing)
                return arguments;
        }
    }

    private static string Closing(TokenKind closing) => $"{Quote(closing)} or ',' expected";

    private static string Quote(TokenKind closing) => closing switch
    {
        TokenKind.CloseParen => "')'",
        TokenKind.CloseBracket => "']'",
        _ => "'}'",
    };

    private bool SkipTo(TokenKind closing)
    {
        for (var open = 0; Current.Kind != TokenKind.End; _index++)
        {
            if (open == 0 && (Current.Kind == TokenKind.Comma || Current.Kind == closing))
                return true;
            if (Current.Kind is TokenKind.OpenParen or TokenKind.OpenBracket or TokenKind.OpenBrace)
                open++;
            else if (Current.Kind is TokenKind.CloseParen or TokenKind.CloseBracket or TokenKind.CloseBrace && open-- == 0)
                return false;
        }

        return false;
    }

    private void Expect(TokenKind kind, string message, string expected)
    {
        if (Current.Kind != kind)
            throw Abort(Current, message, expected);
        Take();
    }

    private Token Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End)
            _index++;
        return token;
    }

    private T Node<T>(T node, params IReadOnlyList<ExpressionNode> children)
        where T : ExpressionNode
    {
        var height = 0;
        foreach (var child in children)
            height = Math.Max(height, child.Height);
        if (++_nodes > _options.Limits.MaxNodes)
            throw Abort(Current, $"The expression has more than {_options.Limits.MaxNodes} parts", null);
        if (height >= _options.Limits.MaxDepth * 8)
            throw Abort(Current, $"The expression chains more than {_options.Limits.MaxDepth * 8} operators", null);
        return height == 0 ? node : node with { Height = height + 1 };
    }

    private string Source(Token token) => _text.Substring(token.Position, token.Length);

    private string Describe(Token token) => token.Kind == TokenKind.End ? "the end" : $"'{Shorten(Source(token))}'";

    private static string Shorten(string text) => text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 37), "...");

    private ParseAbort Abort(Token token, string message, string? expected)
    {
        Report(token.Position, message, expected, Describe(token));
        return new ParseAbort();
    }

    private void Report(int position, string message, string? expected = null, string? found = null)
    {
        if (_errors.Count < MaxErrors && !_errors.Exists(error => error.Position == position))
            _errors.Add(SourceText.Error(_text, position, message, expected, found));
    }

    /// <summary>Unwinds to the nearest brackets; the error is already reported.</summary>
    private sealed class ParseAbort : Exception;
}
