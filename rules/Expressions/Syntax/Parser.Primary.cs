using static Homelab.Rules.Expressions.Syntax.ExpressionNode;

namespace Homelab.Rules.Expressions.Syntax;

/// <summary>What an operand begins with: literals, names, brackets, and new values.</summary>
internal sealed partial class Parser
{
    private ExpressionNode ParsePrimary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Literal:
                Take();
                return Node(new Literal(token.Value) { Position = token.Position });
            case TokenKind.BracketedName:
                Take();
                return Node(new Name((string)token.Value!) { Position = token.Position });
            case TokenKind.Name:
                return ParseName();
            case TokenKind.OpenParen:
                return ParseGroup();
            default:
                throw Abort(token, token.Kind == TokenKind.Unknown ? "Syntax error" : "Expression expected", "a value, a name, '(' or a unary operator");
        }
    }

    private ExpressionNode ParseName()
    {
        var token = Take();
        var id = (string)token.Value!;
        if (id is "new" && NewExpression(token) is { } created)
            return created;
        if (Current.Kind == TokenKind.OpenParen)
        {
            Take();
            var arguments = ParseArguments(TokenKind.CloseParen);
            return Node(new Call(null, id, arguments, false) { Position = token.Position }, arguments);
        }

        if (_options.IsRules && id.Equals("null", StringComparison.OrdinalIgnoreCase))
            return Node(new Literal(null) { Position = token.Position });
        return Node(new Name(id) { Position = token.Position });
    }

    private ExpressionNode? NewExpression(Token start)
    {
        switch (Current.Kind)
        {
            case TokenKind.OpenParen:
                Take();
                return ParseNewObject(start, TokenKind.CloseParen);
            case TokenKind.OpenBrace:
                Take();
                return ParseNewObject(start, TokenKind.CloseBrace);
            case TokenKind.OpenBracket:
                return ParseNewArray(start, null);
            case TokenKind.Name when _tokens[_index + 1].Kind == TokenKind.OpenBracket:
                return ParseNewArray(start, (string)Take().Value!);
            default:
                return null;
        }
    }

    private NewArray ParseNewArray(Token start, string? elementType)
    {
        Take();
        Expect(TokenKind.CloseBracket, "']' expected", "']'");
        Expect(TokenKind.OpenBrace, "'{' expected", "'{' and the elements");
        var items = ParseArguments(TokenKind.CloseBrace);
        return Node(new NewArray(elementType, items) { Position = start.Position }, items);
    }

    private NewObject ParseNewObject(Token start, TokenKind closing)
    {
        List<NewField> fields = [];
        while (Current.Kind != closing)
        {
            string? name = null;
            if (Current.Kind == TokenKind.Name && _tokens[_index + 1] is { Kind: TokenKind.Binary, Operator: BinaryOperator.Equal } assign && assign.Length == 1)
            {
                name = (string)Take().Value!;
                Take();
            }

            var value = ParseExpression();
            if (Current is { Kind: TokenKind.Name, Value: string word } && word.Equals("as", StringComparison.OrdinalIgnoreCase))
            {
                Take();
                if (Current.Kind != TokenKind.Name)
                    throw Abort(Current, "Identifier expected", "the name of the field");
                name = (string)Take().Value!;
            }

            name ??= value switch
            {
                Member member => member.Id,
                Name simple => simple.Id,
                _ => throw Abort(Current, "Expression is missing an 'as' clause", "'as' and the name of the field"),
            };
            fields.Add(new NewField(name, value));
            if (Current.Kind != TokenKind.Comma)
                break;
            Take();
        }

        Expect(closing, closing == TokenKind.CloseParen ? "')' or ',' expected" : "'}' or ',' expected", "',' or the end of the object");
        return Node(new NewObject(fields) { Position = start.Position }, [.. fields.Select(field => field.Value)]);
    }

    private ExpressionNode ParseGroup()
    {
        var open = Take();
        if (Current.Kind == TokenKind.CloseParen)
        {
            if (_options.IsRules)
                throw Abort(Current, "Expression expected", "a value");
            Take();
            return Node(new List([]) { Position = open.Position });
        }

        var items = ParseArguments(TokenKind.CloseParen, group: true);
        if (items.Count == 1)
            return items[0];
        if (_options.IsRules)
            throw Abort(open, "')' expected", "one value in brackets; lists are written new[] { a, b }");
        return Node(new List(items) { Position = open.Position }, items);
    }
}
